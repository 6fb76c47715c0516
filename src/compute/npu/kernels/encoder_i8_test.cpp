// The kernels of an int8 encoder on an emulated core: integers against plain loops by equality, the
// norm against float64.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "src/compute/npu/emulator/aie_api/types.hpp"
// ... which knows bfloat16, as a kernel's own header does
#include "src/compute/kernels/encoder/encoder_i8_aie2.h"
#include "src/compute/kernels/tile_attention/octave_attention_inl.h"
#include "src/compute/npu/emulator/test_core.h"
#include "src/compute/npu/kernels/bf16_blocks.h"

namespace tessera::compute::npu {
namespace {

using namespace kernels::aie2;  // NOLINT(google-build-using-namespace): what buffers hold
using kernels::clamp_to;
using kernels::round_to_even;
using Bytes = std::vector<std::int8_t>;  // (64, 64) in rows

constexpr std::size_t kSide = 64;

/// Where an element of 64 x 64 lies in blocks of so many rows and 8 columns.
std::size_t in_byte_blocks(std::size_t row, std::size_t column, std::size_t block_rows) {
  return (row / block_rows * 8 + column / 8) * block_rows * 8 + row % block_rows * 8 + column % 8;
}
std::size_t in_a(std::size_t row, std::size_t column) { return in_byte_blocks(row, column, 4); }

template <class T>
std::vector<T> blocked(const std::vector<T>& rows, std::size_t block_rows) {
  std::vector<T> out(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out[in_byte_blocks(i / kSide, i % kSide, block_rows)] = rows[i];
  }
  return out;
}

Bytes random_i8(unsigned seed, int size = 128) {
  std::mt19937 random(seed);
  Bytes bytes(kSide * kSide);
  for (auto& byte : bytes) {
    byte = static_cast<std::int8_t>(static_cast<int>(random() % static_cast<unsigned>(2 * size)) -
                                    size);
  }
  return bytes;
}

/// A core with the buffers of a product.
struct ProductCore {
  TestCore core;
  SumsI8* sums = reinterpret_cast<SumsI8*>(core.state.place("sums", sizeof(SumsI8)));
  ColumnScalesI8* scales = core.buffer<ColumnScalesI8>(1, 2);
  std::int8_t* out = core.buffer<std::int8_t>(kPanelI8Bytes, 3);

  std::int32_t& sum(std::size_t row, std::size_t column) { return sums->sums[in_a(row, column)]; }
  void scale(std::size_t column, int multiplier, int gelu_multiplier = 0, int zero = 0) {
    for (auto& row : scales->multiplier[column / 8]) {
      row[column % 8] = static_cast<std::int16_t>(multiplier);
    }
    for (auto& row : scales->gelu_multiplier[column / 8]) {
      row[column % 8] = static_cast<std::int16_t>(gelu_multiplier);
    }
    for (auto& row : scales->zero[column / 8]) row[column % 8] = static_cast<std::int16_t>(zero);
  }
};

TEST(EncoderI8, BeginsWithTheBiasInAllRows) {
  ProductCore p;
  auto* const panel = p.core.buffer<ParameterPanelI8>(1, 3);
  for (int i = 0; i < 64; ++i) panel->bias[i] = 1000 * i - 7;
  panel->scales.zero[7][3][5] = 9;
  panel->scales.shift = 11;
  panel->head = {1, 2, 3, 4};
  panel->head_group_and_1 = 3;
  panel->query_blocks = 6;
  panel->weights[kTableEntries - 1] = 200;
  p.sums->block = p.sums->group = 5;
  encoder_i8_begin(panel, p.sums, p.scales);
  for (std::size_t i = 0; i < kSide * kSide; ++i) {
    ASSERT_EQ(p.sum(i / kSide, i % kSide), panel->bias[i % kSide]) << i;
  }
  EXPECT_EQ(std::memcmp(p.scales, &panel->scales, sizeof(ColumnScalesI8)), 0);
  EXPECT_EQ(p.sums->heads[2].step_shift, 3);
  EXPECT_EQ(p.sums->query_blocks, 6);
  EXPECT_EQ(p.sums->weights[kTableEntries - 1], 200);
  EXPECT_EQ(p.sums->block + p.sums->group, 0);
  panel->head_group_and_1 = 0;
  panel->head = {};
  encoder_i8_begin(panel, p.sums, p.scales);
  EXPECT_EQ(p.sums->heads[2].step_shift, 3) << "of other blocks the head is kept";
}

TEST(EncoderI8, MultipliesExactly) {
  ProductCore p;
  Bytes a = random_i8(1), b = random_i8(2);
  std::fill_n(a.begin(), kSide, std::int8_t{-128});
  for (std::size_t k = 0; k < kSide; ++k) b[k * kSide] = -128;
  const std::int8_t* const left = p.core.buffer(blocked(a, 4), 3);
  const std::int8_t* const right = p.core.buffer(blocked(b, 8), 3);
  for (std::size_t i = 0; i < kSide * kSide; ++i) {
    p.sum(i / kSide, i % kSide) = static_cast<std::int32_t>(i) - 77;
  }
  encoder_i8_multiply(left, right, p.sums);
  for (std::size_t i = 0; i < kSide * kSide; ++i) {
    std::int32_t sum = static_cast<std::int32_t>(i) - 77;
    for (std::size_t k = 0; k < kSide; ++k)
      sum += a[i / kSide * kSide + k] * b[k * kSide + i % kSide];
    ASSERT_EQ(p.sum(i / kSide, i % kSide), sum) << i;
  }
}

/// Sums of all sizes, and the halves between two results.
void fill_sums(ProductCore& p) {
  std::mt19937 random(5);
  for (std::size_t i = 0; i < kSide * kSide; ++i) {
    p.sum(i / kSide, i % kSide) = static_cast<std::int32_t>(random()) >> (i % 31);
  }
  for (int i = 0; i < 64; ++i) p.sum(static_cast<std::size_t>(i), 0) = (2 * i - 63) * 512;
}

TEST(EncoderI8, StoresBytesOfEachColumnsScale) {
  ProductCore p;
  fill_sums(p);
  p.scales->shift = 20;
  for (std::size_t c = 0; c < kSide; ++c) p.scale(c, c == 0 ? 1024 : 500 * static_cast<int>(c));
  encoder_i8_store(p.sums, p.scales, p.out, 0);
  for (std::size_t i = 0; i < kSide * kSide; ++i) {
    const std::int64_t product =
        std::int64_t{p.sum(i / kSide, i % kSide)} * (i % kSide == 0 ? 1024 : 500 * (i % kSide));
    ASSERT_EQ(p.out[in_a(i / kSide, i % kSide)], clamp_to(round_to_even(product, 20), -128, 127));
  }
}

/// GELU as the kernel has it, in 2^(coarse - 10).
int plain_gelu(int x, int coarse) {
  const int size = std::min(std::abs(x), kGeluTop >> coarse), v = (size * 2 << coarse) - kGeluTop;
  std::int64_t p = kGelu[6];
  for (int power = 5; power > 0; --power) p = round_to_even(p * v, 12) + kGelu[power];
  return std::max(x, 0) - static_cast<int>(round_to_even(kGeluFirst + p * v, 14 + coarse));
}

TEST(EncoderI8, GeluIsWithinItsBound) {
  for (int coarse = 0; coarse <= 9; coarse += 3) {
    for (int x = -32767; x < 32768; ++x) {
      const double unit = std::ldexp(1.0, coarse - 10), real = x * unit;
      EXPECT_NEAR(plain_gelu(x, coarse) * unit, real * 0.5 * std::erfc(-real / std::sqrt(2.0)),
                  0.0008 + unit / 2);
    }
  }
}

TEST(EncoderI8, StoresGeluAroundAZero) {
  for (const int coarse : {0, 4}) {
    ProductCore p;
    fill_sums(p);
    p.scales->shift = 18;
    p.scales->gelu_shift = 17;
    p.scales->coarse = coarse;
    for (std::size_t c = 0; c < kSide; ++c) {
      p.scale(c, 300 + 400 * static_cast<int>(c), 32767 - 500 * static_cast<int>(c),
              static_cast<int>(c) - 127);
    }
    encoder_i8_store_gelu(p.sums, p.scales, p.out, 0);
    for (std::size_t i = 0; i < kSide * kSide; ++i) {
      const auto c = static_cast<int>(i % kSide);
      const std::int64_t product = std::int64_t{p.sum(i / kSide, i % kSide)} * (300 + 400 * c);
      const int y = plain_gelu(clamp_to(round_to_even(product, 18), -32767, 32767), coarse);
      const std::int64_t scaled =
          (std::int64_t{c - 127} << 17) + std::int64_t{y} * (32767 - 500 * c);
      ASSERT_EQ(p.out[in_a(i / kSide, i % kSide)], clamp_to(round_to_even(scaled, 17), -127, 127))
          << i;
    }
  }
}

TEST(EncoderI8, StoresWideNumbersInTwoParts) {
  ProductCore p;
  fill_sums(p);
  p.scales->shift = 16;
  for (std::size_t c = 0; c < kSide; ++c) p.scale(c, 3 + 500 * static_cast<int>(c));
  for (std::int32_t part = 0; part < 2; ++part) {
    encoder_i8_store_wide(p.sums, p.scales, reinterpret_cast<Bfloat16*>(p.out), part);
    for (std::size_t i = 0; i < kSide * kSide / 2; ++i) {
      const std::size_t row = i / 32, column = static_cast<std::size_t>(part) * 32 + i % 32;
      const std::int64_t product =
          std::int64_t{p.sum(row, column)} * (3 + 500 * static_cast<int>(column));
      const int integer = clamp_to(round_to_even(product, 16), -kMostWide, kMostWide);
      const auto* const wide = reinterpret_cast<const Bfloat16*>(p.out);
      const Bfloat16 stored = wide[in_a(row, i % 32 * 2) / 2];
      ASSERT_EQ(stored.to_float(), nearest_bfloat16(static_cast<float>(integer)).to_float()) << i;
    }
  }
}

/// Attention of 64 queries on a core, keys after keys.
struct AttentionCoreI8 {
  TestCore core;
  AttentionStateI8* state;
  SumsI8* sums;
  std::int8_t *queries, *k, *v, *out;

  explicit AttentionCoreI8(const Bytes& q) {
    state =
        reinterpret_cast<AttentionStateI8*>(core.state.place("state", sizeof(AttentionStateI8)));
    sums = reinterpret_cast<SumsI8*>(core.state.place("sums", sizeof(SumsI8)));
    queries = core.buffer(blocked(q, 4), 3);
    k = core.buffer<std::int8_t>(kPanelI8Bytes, 3);
    v = core.buffer<std::int8_t>(kPanelI8Bytes, 3);
    out = reinterpret_cast<std::int8_t*>(core.state.place("out", kPanelI8Bytes));
    std::copy(std::begin(kernels::kWeightTable.values), std::end(kernels::kWeightTable.values),
              sums->weights);
    sums->query_blocks = 1;
  }
  void add(const Bytes& keys, const Bytes& values, int count) {
    const Bytes key_blocks = blocked(keys, 8), value_blocks = blocked(values, 8);
    std::copy(key_blocks.begin(), key_blocks.end(), k);
    std::copy(value_blocks.begin(), value_blocks.end(), v);
    encoder_i8_attend_keys(queries, k, state, count);
    encoder_i8_attend_values(v, sums, state);
  }
};

TEST(EncoderI8, AttentionIsThatOfOctaves) {
  for (const float nats : {5.4e-3f, 3e-4f, 4.3e-5f}) {
    const Bytes q = random_i8(11);
    AttentionCoreI8 core(q);
    const kernels::OctaveScale scale = kernels::octave_scale(nats);
    core.sums->heads[0] = {scale.score_shift, scale.multiplier, scale.step_shift, 0};
    encoder_i8_attend_begin(core.sums, core.state);
    std::vector<kernels::OctaveRow> rows(kSide);
    unsigned seed = 20;
    for (const int keys : {64, 64, 29, 64, 1}) {
      // Larger from tile to tile, so that maxima rise.
      seed += 2;
      const Bytes k = random_i8(seed, static_cast<int>(seed) * 4), v = random_i8(seed + 1);
      core.add(k, v, keys);
      for (std::size_t i = 0; i < kSide; ++i) {
        rows[i].add(q.data() + i * kSide, k.data(), v.data(), keys, scale);
      }
    }
    encoder_i8_attend_finish(core.sums, core.state, core.out, 0);
    for (std::size_t i = 0; i < kSide; ++i) {
      std::int8_t expected[kSide];
      rows[i].finish(expected);
      for (std::size_t d = 0; d < kSide; ++d) {
        ASSERT_EQ(core.out[in_a(i, d)], expected[d]) << nats << ' ' << i << ' ' << d;
      }
    }
  }
}

TEST(EncoderI8, EachHeadOfACoreHasItsOwnScale) {
  AttentionCoreI8 core(random_i8(1));
  core.sums->query_blocks = 2;
  core.sums->heads[0].multiplier = 5;
  core.sums->heads[1].multiplier = 6;
  core.sums->heads[2].multiplier = 7;
  std::vector<std::int32_t> multipliers;
  for (int i = 0; i < 6; ++i) {
    encoder_i8_attend_begin(core.sums, core.state);
    multipliers.push_back(core.state->head.multiplier);
  }
  EXPECT_EQ(multipliers, (std::vector<std::int32_t>{5, 5, 6, 6, 7, 7}));
}

constexpr std::size_t kNormRows = 32;
using Wide = std::vector<Bfloat16>;  // (32, 64) in rows

Wide random_wide(unsigned seed, float size) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Wide numbers(kNormRows * kSide);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    // Rows of very different sizes.
    numbers[i] =
        nearest_bfloat16(std::ldexp(size * normal(random), static_cast<int>(i / kSide % 9)));
  }
  return numbers;
}

/// As it comes: rows of 64 are two rows of 64 bytes.
Wide wide_blocks(const Wide& rows, std::size_t block_rows) {
  Wide out(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t half_row = i / 32, byte = i % 32 * 2;
    out[in_byte_blocks(half_row, byte, block_rows) / 2] = rows[i];
  }
  return out;
}

TEST(EncoderI8, NormIsADivisionByTheRootOfTheMeanSquare) {
  constexpr int kPanels = 4, kWidth = 192;  // the last panel is padding
  TestCore core;
  auto* const state = core.buffer<NormStateI8>(1);
  auto* const x = core.buffer<Bfloat16>(kNormRows * kSide, 1);
  auto* const y = core.buffer<Bfloat16>(kNormRows * kSide, 2);
  auto* const sum = core.buffer<Bfloat16>(kNormRows * kSide, 3);
  auto* const out = core.buffer<std::int8_t>(kPanelI8Bytes, 3);
  std::vector<Wide> xs, ys;
  std::vector<double> squares(kNormRows), sums(kNormRows * kSide * kPanels);
  encoder_i8_norm_begin(state, kWidth);
  for (unsigned panel = 0; panel < kPanels; ++panel) {
    const float size = panel * 64 < kWidth ? 40 : 0;
    xs.push_back(random_wide(panel, size));
    ys.push_back(random_wide(panel + 10, size / 3));
    for (std::size_t column = 0; column < kSide; ++column) {  // a row of zeros
      xs[panel][5 * kSide + column] = ys[panel][5 * kSide + column] = {};
    }
    std::copy_n(wide_blocks(xs[panel], 4).begin(), kNormRows * kSide, x);
    std::copy_n(wide_blocks(ys[panel], 8).begin(), kNormRows * kSide, y);
    encoder_i8_norm_add(x, y, state, sum);
    for (std::size_t i = 0; i < kNormRows * kSide; ++i) {
      const std::size_t row = i / kSide;
      const float exact = xs[panel][i].to_float() + ys[panel][i].to_float();
      const float stored = sum[in_a(i / 32, i % 32 * 2) / 2].to_float();
      ASSERT_EQ(stored, nearest_bfloat16(exact).to_float()) << panel << ' ' << i;
      const auto real = static_cast<double>(stored);
      sums[row * kSide * kPanels + panel * kSide + i % kSide] = real;
      squares[row] += real * real;
    }
  }
  for (std::size_t panel = 0; panel < kPanels; ++panel) {
    std::copy_n(wide_blocks(xs[panel], 4).begin(), kNormRows * kSide, x);
    std::copy_n(wide_blocks(ys[panel], 8).begin(), kNormRows * kSide, y);
    encoder_i8_norm_write(x, y, state, out, static_cast<std::int32_t>(panel % 2));
    if (panel % 2 == 0) continue;  // a panel of bytes is two of wide numbers
    for (std::size_t i = 0; i < kNormRows * 2 * kSide; ++i) {
      const std::size_t row = i / (2 * kSide);
      const auto at = static_cast<int>(panel / 2 * 2 * kSide + i % (2 * kSide));
      const auto column = static_cast<std::size_t>(norm_column(at));
      const double factor =
          static_cast<double>(kNormUnits) / std::sqrt(squares[row] / kWidth + 1e-9);
      const double exact = std::clamp(sums[row * kSide * kPanels + column] * factor, -128.0, 127.0);
      // Half a step, 2^-14 of the number, and an epsilon of 6 in mean squares of 1000 and more.
      ASSERT_NEAR(out[in_a(2 * row + i / kSide % 2, i % kSide)], exact,
                  0.5 + 0.004 * std::abs(exact))
          << row << ' ' << column;
    }
  }
}

TEST(EncoderI8, NormColumnsAreAPermutationOfEach128) {
  std::vector<int> seen(256);
  for (int at = 0; at < 256; ++at) {
    EXPECT_EQ(norm_column(at) / 128, at / 128);
    ++seen[static_cast<std::size_t>(norm_column(at))];
  }
  EXPECT_EQ(seen, std::vector<int>(256, 1));
}

}  // namespace
}  // namespace tessera::compute::npu
