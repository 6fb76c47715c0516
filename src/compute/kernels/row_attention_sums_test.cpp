// The integer sums of row_attention_i8: the same for every variant, bit for bit.
#include "src/compute/kernels/lane_test.h"
#include "src/compute/kernels/row_abi.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kQueries = 5, kBlocks = 2, kKeys = kBlocks * kBlockTokens;
// Powers of two, so that scores are sums, and so small that all weights are 255.
constexpr float kSumsQueryScale = 0x1p-60f;

/// Bytes at both ends of what there is, in rows of which products have the same sign: their sums
/// are the largest that occur. One in five has small bytes.
std::vector<std::int8_t> extreme_rows(int rows, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::int8_t> values;
  for (int row = 0; row < rows; ++row) {
    for (int c = 0; c < kHeadWidth; ++c) {
      const int signs[] = {1, -1, c % 2 == 0 ? 1 : -1, random() % 2 == 0 ? 1 : -1};
      values.push_back(static_cast<std::int8_t>(row % 5 == 4 ? c % 7 - 3 : 127 * signs[row % 5]));
    }
  }
  return values;
}

int element_at(const std::vector<std::int8_t>& rows, int row, int c) {
  return rows[static_cast<std::size_t>(row * kHeadWidth + c)];
}

/// Bytes of one block, `place` saying where that of (key, channel) is.
template <class T>
Block<T> packed_rows(const std::vector<std::int8_t>& rows, int block, int added, auto place) {
  Block<T> bytes(std::size_t{kBlockTokens} * kHeadWidth);
  for (int j = 0; j < kBlockTokens; ++j) {
    for (int c = 0; c < kHeadWidth; ++c) {
      bytes[static_cast<std::size_t>(place(j, c))] =
          static_cast<T>(element_at(rows, block * kBlockTokens + j, c) + added);
    }
  }
  return bytes;
}

struct RowAttention {
  std::vector<std::int8_t> q = extreme_rows(kQueries, 1), keys = extreme_rows(kKeys, 2),
                           values = extreme_rows(kKeys, 3);
  std::vector<Block<std::uint8_t>> k_blocks;
  std::vector<Block<std::int8_t>> v_blocks;
  std::vector<const std::uint8_t*> k;
  std::vector<const std::int8_t*> v;
  std::vector<float> q_scales = std::vector<float>(kQueries, kSumsQueryScale);
  std::vector<float> ones = std::vector<float>(kKeys, 1);
  std::vector<int> visible = std::vector<int>(kQueries, kKeys);
  RowAttentionI8Params p;

  RowAttention() {
    for (int block = 0; block < kBlocks; ++block) {
      k_blocks.push_back(packed_rows<std::uint8_t>(
          keys, block, 128, [](int j, int c) { return (c / 4 * kBlockTokens + j) * 4 + c % 4; }));
      v_blocks.push_back(packed_rows<std::int8_t>(
          values, block, 0, [](int j, int c) { return (j / 4 * kHeadWidth + c) * 4 + j % 4; }));
    }
    for (const auto& block : k_blocks) k.push_back(block.data());
    for (const auto& block : v_blocks) v.push_back(block.data());
    p.q = q.data();
    p.q_stride = kHeadWidth;
    p.q_scales = q_scales.data();
    p.k = k.data();
    p.v = v.data();
    p.k_scales = p.v_scales = ones.data();
    p.visible = visible.data();
  }
};

class RowAttentionSums : public testing::TestWithParam<int> {};

TEST_P(RowAttentionSums, AreExactInEveryVariant) {
  RowAttention attention;
  RowAttentionI8Params p = attention.p;
  p.queries = GetParam();
  const auto rows = static_cast<std::size_t>(p.queries);
  for (const Kernel* kernel : runnable(RowAttentionI8Params::kOp)) {
    GuardedRows<float> out(rows, kHeadWidth, 16), scores(rows, kKeys, 3);
    Block<std::byte> scratch(row_attention_scratch_bytes(kBlocks));
    std::vector<float*> wanted;
    for (std::size_t i = 0; i < rows; ++i) wanted.push_back(scores.row(i));
    p.out = out.data();
    p.out_stride = out.stride();
    p.scores = wanted.data();
    p.scratch = scratch.data();
    run_named(*kernel, p);
    for (std::size_t i = 0; i < rows; ++i) {
      for (int j = 0; j < kKeys; ++j) {
        int sum = 0;
        for (int c = 0; c < kHeadWidth; ++c) {
          sum += element_at(attention.q, static_cast<int>(i), c) * element_at(attention.keys, j, c);
        }
        ASSERT_EQ(scores.row(i)[j], static_cast<float>(sum) * kSumsQueryScale)
            << kernel->name << ", query " << i << ", key " << j;
      }
      for (int c = 0; c < kHeadWidth; ++c) {
        int sum = 0;
        for (int j = 0; j < kKeys; ++j) sum += element_at(attention.values, j, c);
        // The sum of each block, at most 127 kKeys, is multiplied by 1/255 and by another
        // reciprocal, and added once: some five roundings.
        ASSERT_NEAR(static_cast<double>(out.row(i)[c]), static_cast<double>(sum) / kKeys,
                    5 * 127 * kRounding)
            << kernel->name << ", query " << i << ", channel " << c;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Queries, RowAttentionSums, testing::Range(1, kQueries + 1));

}  // namespace
}  // namespace tessera::compute::kernels
