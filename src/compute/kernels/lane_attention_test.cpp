// Every variant of the lane_attention kernels against float64.
#include "src/compute/kernels/lane_layout.h"
#include "src/compute/kernels/lane_test.h"

namespace tessera::compute::kernels {
namespace {

/// One head: queries in base 2, keys and values in blocks of 48, as floats.
struct Head {
  Head(int keys, float query_size, unsigned seed)
      : keys(keys), blocks((keys + kBlockTokens - 1) / kBlockTokens), q(lane_index(kHeadWidth, 0)) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    for (std::size_t i = 0; i < q.size(); ++i) q[i] = query_size * normal(random);
    for (int b = 0; b < blocks; ++b) {
      k.emplace_back(lane_index(kHeadWidth, 0));
      v.emplace_back(lane_index(kHeadWidth, 0));
      for (std::size_t i = 0; i < k.back().size(); ++i) {
        k.back()[i] = normal(random);
        // Blocks of values of different sizes, one of them tiny.
        v.back()[i] = normal(random) * (b % 5 == 3 ? 0.05f : 1.0f + static_cast<float>(b % 3));
      }
    }
  }

  double key(int j, int c) const { return at(k, j, c); }
  double value(int j, int c) const { return at(v, j, c); }
  static double at(const std::vector<Block<float>>& blocks, int j, int c) {
    return static_cast<double>(
        blocks[static_cast<std::size_t>(j / kBlockTokens)][lane_index(c, j % kBlockTokens)]);
  }

  int keys, blocks;
  Block<float> q;
  std::vector<Block<float>> k, v;
};

/// Attention of all queries in float64, (64, 48), and the largest |value|.
std::vector<double> attention_of(const Head& head) {
  std::vector<double> out(lane_index(kHeadWidth, 0));
  for (int token = 0; token < kBlockTokens; ++token) {
    std::vector<double> scores;
    for (int j = 0; j < head.keys; ++j) {
      double score = 0;
      for (int c = 0; c < kHeadWidth; ++c) {
        score += static_cast<double>(head.q[lane_index(c, token)]) * head.key(j, c);
      }
      scores.push_back(score);
    }
    const double best = *std::max_element(scores.begin(), scores.end());
    double total = 0;
    for (double& score : scores) total += score = std::exp2(score - best);
    for (int c = 0; c < kHeadWidth; ++c) {
      double sum = 0;
      for (int j = 0; j < head.keys; ++j)
        sum += scores[static_cast<std::size_t>(j)] * head.value(j, c);
      out[lane_index(c, token)] = sum / total;
    }
  }
  return out;
}

struct Closeness {
  double cosine, largest_error, largest_value;
};

Closeness compare_heads(const std::vector<double>& expected, const Block<float>& found) {
  double xy = 0, xx = 0, yy = 0, error = 0, size = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto y = static_cast<double>(found[i]);
    xy += expected[i] * y;
    xx += expected[i] * expected[i];
    yy += y * y;
    error = std::max(error, std::abs(expected[i] - y));
    size = std::max(size, std::abs(expected[i]));
  }
  return {xy / std::sqrt(xx * yy), error, size};
}

/// Packs keys and values of every block by the scalar variants, whose own tests prove them.
template <class T>
std::vector<T> packed_heads(const Head& head, const std::vector<Block<float>>& blocks,
                            auto on_block) {
  const std::size_t size = lane_index(kHeadWidth, 0);
  std::vector<T> all;
  for (int b = 0; b < head.blocks; ++b) {
    Block<T> out(size);
    const int keys = std::min(kBlockTokens, head.keys - b * kBlockTokens);
    on_block(b, keys, blocks[static_cast<std::size_t>(b)], out.data());
    all.insert(all.end(), out.data(), out.data() + size);
  }
  return all;
}

const Kernel& scalar(const char* op) { return force(op, "scalar"); }

constexpr int kLaneKeyCounts[] = {1, 8, 44, 48, 63, 64, 65, 96, 100, 300, 1500};

/// A head as lane_attention_i8 takes it, with queries around `centre`; `rows`: see takes_rows.
struct HeadI8 {
  HeadI8(const Head& head, int centre, bool rows) : head(head) {
    const std::size_t padded = static_cast<std::size_t>(head.blocks) * kBlockTokens;
    k_scales.resize(padded);
    k_offsets.resize(padded);
    k_starts.resize(padded);
    v_scales.resize(static_cast<std::size_t>(head.blocks));
    k = packed_heads<std::int8_t>(head, head.k,
                                  [&](int b, int count, const Block<float>& x, std::int8_t* out) {
                                    LanePrepareParams p = params(x, LaneFormat::s8, out, centre);
                                    p.scales = k_scales.data() + b * kBlockTokens;
                                    p.starts = k_starts.data() + b * kBlockTokens;
                                    p.offsets = k_offsets.data() + b * kBlockTokens;
                                    p.tokens = count;
                                    p.rows = rows;
                                    scalar(LanePrepareParams::kOp).run(p);
                                  });
    v = packed_heads<std::int8_t>(
        head, head.v, [&](int b, int count, const Block<float>& x, std::int8_t* out) {
          scalar(LanePackValuesParams::kOp)
              .run(LanePackValuesParams{x.data(), count, LaneFormat::s8, out, 0.3f,
                                        &v_scales[static_cast<std::size_t>(b)], rows});
        });
    for (const float scale : v_scales) v_logs.push_back(std::log2(scale));
    LanePrepareParams p = params(head.q, LaneFormat::u8, q.data(), centre);
    p.scales = q_scales.data();
    scalar(LanePrepareParams::kOp).run(p);
  }

  static LanePrepareParams params(const Block<float>& x, LaneFormat format, void* out, int centre) {
    LanePrepareParams p;
    p.x = x.data();
    p.channels = kHeadWidth;
    p.format = format;
    p.out = out;
    p.centre = centre;
    return p;
  }

  Block<float> run(const Kernel& kernel) const {
    Block<float> out(lane_index(kHeadWidth, 0));
    Block<std::byte> scratch(kLaneAttentionScratchBytes);
    LaneAttentionI8Params a;
    a.q = q.data();
    a.q_scales = q_scales.data();
    a.k = k.data();
    a.k_scales = k_scales.data();
    a.k_starts = k_starts.data();
    a.k_offsets = k_offsets.data();
    a.v = v.data();
    a.v_scales = v_scales.data();
    a.v_logs = v_logs.data();
    a.k_stride = a.v_stride = kHeadWidth * kBlockTokens;
    a.keys = head.keys;
    a.out = out.data();
    a.scratch = scratch.data();
    run_named(kernel, a);
    EXPECT_TRUE(out.is_guarded() && scratch.is_guarded()) << kernel.name;
    return out;
  }

  const Head& head;
  std::vector<std::int8_t> k, v;
  std::vector<float> k_scales, k_offsets, v_scales, v_logs;
  std::vector<std::int32_t> k_starts;
  Block<std::uint8_t> q{lane_index(kHeadWidth, 0)};
  Block<float> q_scales{kBlockTokens};
};

class LaneAttentionI8 : public testing::TestWithParam<int> {};

TEST_P(LaneAttentionI8, EveryVariantIsCloseToFloat64) {
  const int centre = GetParam();
  for (const int keys : kLaneKeyCounts) {
    for (const float query_size : {0.05f, 0.4f}) {
      const Head head(keys, query_size, 11);
      const std::vector<double> expected = attention_of(head);
      const HeadI8 lanes(head, centre, false), rows(head, centre, true);
      for (const Kernel* kernel : runnable_with(LaneAttentionI8Params::kOp, centre)) {
        const Closeness close =
            compare_heads(expected, (takes_rows(*kernel) ? rows : lanes).run(*kernel));
        // Rounding q and k to bytes moves a score by about 0.03 (rms) of a power of two where
        // queries are large, five times that at the far end of 144,000 scores: 10 % of a weight.
        // With q in 7 bits its part of that, 0.7, doubles: 1.6 times as much in all.
        const double factor = centre == kCentre ? 1 : 1.6;
        EXPECT_GT(close.cosine, 1 - 0.0010 * factor * factor)
            << kernel->name << ", " << keys << " keys";
        EXPECT_LT(close.largest_error, factor * (0.1 * close.largest_value + 0.01))
            << kernel->name << ", " << keys << " keys";
      }
    }
  }
}

// Scores of thousands: the largest, which float32 then holds to 2^-12, must keep its weight, and
// far ones must not wrap around to have any. Weights differ by their steps, 1.2 %, and by rounding
// to bytes, half of 1 / 127 each: of both that one key and the next that is close have.
TEST_P(LaneAttentionI8, LargeScoresLeaveTheBestKey) {
  const int centre = GetParam();
  for (const int keys : {1, 50, 100, 200}) {
    const Head head(keys, 3000.0f, 13);
    const HeadI8 lanes(head, centre, false), rows(head, centre, true);
    const Block<float> expected = lanes.run(scalar(LaneAttentionI8Params::kOp));
    const auto size = [](float x) { return std::abs(static_cast<double>(x)); };
    double largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      largest = std::max(largest, size(expected[i]));
    }
    for (const Kernel* kernel : runnable_with(LaneAttentionI8Params::kOp, centre)) {
      const Block<float> out = (takes_rows(*kernel) ? rows : lanes).run(*kernel);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        ASSERT_LT(size(out[i] - expected[i]), 2 * (0.012 + 0.5 / 127) * largest)
            << kernel->name << ", " << keys << " keys, " << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Centres, LaneAttentionI8, testing::Values(kCentre, kCentreOf7Bits));

template <class Params, class T>
void check_float_heads(LaneFormat format, double cosine, double error) {
  for (const int keys : kLaneKeyCounts) {
    const Head head(keys, 0.4f, 12);
    const std::vector<double> expected = attention_of(head);
    const auto prepare = [&](const Block<float>& x, T* out, bool rows) {
      LanePrepareParams p;
      p.x = x.data();
      p.channels = kHeadWidth;
      p.format = format;
      p.out = out;
      p.rows = rows;
      scalar(LanePrepareParams::kOp).run(p);
    };
    const auto k_of = [&](bool rows) {
      return packed_heads<T>(
          head, head.k, [&](int, int, const Block<float>& x, T* out) { prepare(x, out, rows); });
    };
    const auto v_of = [&](bool rows) {
      return packed_heads<T>(head, head.v, [&](int, int count, const Block<float>& x, T* out) {
        scalar(LanePackValuesParams::kOp)
            .run(LanePackValuesParams{x.data(), count, format, out, 0, nullptr, rows});
      });
    };
    Block<T> q(lane_index(kHeadWidth, 0));
    prepare(head.q, q.data(), false);
    for (const Kernel* kernel : runnable(Params::kOp)) {
      Block<float> out(lane_index(kHeadWidth, 0));
      Block<std::byte> scratch(kLaneAttentionScratchBytes);
      const std::vector<T> k = k_of(takes_rows(*kernel)), v = v_of(takes_rows(*kernel));
      Params a;
      a.q = q.data();
      a.k = k.data();
      a.v = v.data();
      a.k_stride = a.v_stride = kHeadWidth * kBlockTokens * static_cast<std::ptrdiff_t>(sizeof(T));
      a.keys = keys;
      a.out = out.data();
      a.scratch = scratch.data();
      run_named(*kernel, a);
      EXPECT_TRUE(out.is_guarded() && scratch.is_guarded()) << kernel->name;
      const Closeness close = compare_heads(expected, out);
      EXPECT_GT(close.cosine, cosine) << kernel->name << ", " << keys << " keys";
      EXPECT_LT(close.largest_error, error * close.largest_value)
          << kernel->name << ", " << keys << " keys";
    }
  }
}

// bfloat16 has 8 bits: each of q, k, v and the weights is off by up to 2^-9 of itself.
TEST(LaneAttentionBf16, EveryVariantIsCloseToFloat64) {
  check_float_heads<LaneAttentionBf16Params, std::uint16_t>(LaneFormat::bf16, 0.9999, 0.04);
}

// Scores of size 6 are off by 64 roundings, weights by as much of themselves.
TEST(LaneAttentionF32, EveryVariantIsCloseToFloat64) {
  check_float_heads<LaneAttentionF32Params, float>(LaneFormat::f32, 1 - 1e-10, 64 * 6 * kRounding);
}

}  // namespace
}  // namespace tessera::compute::kernels
