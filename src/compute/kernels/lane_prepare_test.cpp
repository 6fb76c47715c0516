// Every variant of lane_prepare, lane_rotate and lane_pack_values against float64.
#include "src/compute/kernels/lane_test.h"

namespace tessera::compute::kernels {
namespace {

/// The normalised numbers of one token.
std::vector<double> normalised(const Block<float>& x, int channels, int token, LaneNorm norm) {
  std::vector<double> values;
  double mean = 0, square = 0;
  for (int c = 0; c < channels; ++c) {
    values.push_back(static_cast<double>(x[lane_index(c, token)]));
    mean += values.back() / channels;
  }
  if (norm == LaneNorm::layer) {
    for (double& value : values) value -= mean;
  }
  for (const double value : values) square += value * value / channels;
  if (norm != LaneNorm::none) {
    for (double& value : values) value /= std::sqrt(square + 1e-5);
  }
  return values;
}

struct Prepared {
  Block<float> scales{kBlockTokens}, offsets{kBlockTokens};
  Block<std::int32_t> starts{kBlockTokens};
  Block<std::uint8_t> out;
  explicit Prepared(int channels) : out(lane_index(channels, 0) * sizeof(float)) {}
};

Prepared prepare_lanes(const Kernel& kernel, const Block<float>& x, int channels, LaneNorm norm,
                       LaneFormat format, int tokens, int centre = kCentre) {
  Prepared made(channels);
  LanePrepareParams p;
  p.x = x.data();
  p.channels = channels;
  p.norm = norm;
  p.format = format;
  p.out = made.out.data();
  p.scales = made.scales.data();
  p.starts = made.starts.data();
  p.offsets = made.offsets.data();
  p.tokens = tokens;
  p.centre = centre;
  run_named(kernel, p);
  EXPECT_TRUE(made.out.is_guarded()) << kernel.name;
  return made;
}

// Sums of `channels` numbers in two chains: their roundings, and a few more of the result.
double row_error(int channels) { return (channels / 2.0 + 12) * kRounding; }

class LanePrepare : public testing::TestWithParam<std::tuple<LaneNorm, float>> {};

TEST_P(LanePrepare, FloatsAreWithinTheirBound) {
  const auto [norm, offset] = GetParam();
  for (const Kernel* kernel : runnable(LanePrepareParams::kOp)) {
    for (const int channels : {4, 64, 384, 512, 1280}) {
      const Block<float> x = normal_block(channels, 4, offset);
      const Prepared floats =
          prepare_lanes(*kernel, x, channels, norm, LaneFormat::f32, kBlockTokens);
      const Prepared halves =
          prepare_lanes(*kernel, x, channels, norm, LaneFormat::bf16, kBlockTokens);
      for (int token = 0; token < kBlockTokens; ++token) {
        const std::vector<double> expected = normalised(x, channels, token, norm);
        for (int c = 0; c < channels; ++c) {
          const double value = expected[static_cast<std::size_t>(c)];
          // The mean is off by its roundings, whatever is left after it was taken off.
          const double allowed =
              row_error(channels) *
              (std::abs(value) + (1 + std::abs(static_cast<double>(offset))) * 4);
          float found;
          std::memcpy(&found, floats.out.data() + lane_index(c, token) * 4, 4);
          ASSERT_NEAR(static_cast<double>(found), value, allowed) << kernel->name << ' ' << c;
          std::uint16_t half;
          std::memcpy(&half, halves.out.data() + (lane_index(c / 2, token) * 2 + c % 2u) * 2, 2);
          ASSERT_EQ(half, f32_to_bf16(found)) << kernel->name << ' ' << c;
        }
      }
    }
  }
}

TEST_P(LanePrepare, BytesAreRoundedNumbers) {
  const auto [norm, offset] = GetParam();
  for (const Kernel* kernel : runnable(LanePrepareParams::kOp)) {
    for (const int channels : {4, 64, 512}) {
      for (const int centre : {kCentre, kCentreOf7Bits}) {
        const Block<float> x = normal_block(channels, 5, offset);
        const int tokens = 29;
        const Prepared bytes =
            prepare_lanes(*kernel, x, channels, norm, LaneFormat::u8, tokens, centre);
        const Prepared keys =
            prepare_lanes(*kernel, x, channels, norm, LaneFormat::s8, tokens, centre);
        for (int token = 0; token < kBlockTokens; ++token) {
          const std::vector<double> expected = normalised(x, channels, token, norm);
          double largest = 0;
          for (const double value : expected) largest = std::max(largest, std::abs(value));
          const auto t = static_cast<std::size_t>(token);
          const double error = row_error(channels) * (1 + std::abs(static_cast<double>(offset)));
          const int levels = centre - 1;
          ASSERT_NEAR(static_cast<double>(bytes.scales[t]), largest / levels, 8 * error * largest);
          std::int32_t sum = 0;
          for (int c = 0; c < channels; ++c) {
            const std::size_t at = lane_index(c / 4, token) * 4 + c % 4u;
            const double value = expected[static_cast<std::size_t>(c)] / largest;
            ASSERT_NEAR(bytes.out[at] - centre, value * levels, 0.5 + levels * 8 * error)
                << kernel->name << ' ' << c;
            const auto key = static_cast<std::int8_t>(keys.out[at]);
            ASSERT_NEAR(key, value * 127, 0.5 + 127 * 8 * error) << kernel->name << ' ' << c;
            sum += key;
          }
          ASSERT_EQ(keys.starts[t], kSumAsFloat - centre * sum) << kernel->name;
          const double scale = token < tokens ? largest / 127 : 0;
          ASSERT_NEAR(static_cast<double>(keys.scales[t]), scale, 8 * error * largest);
          ASSERT_EQ(keys.offsets[t],
                    token < tokens ? -kSumAsFloatValue * keys.scales[t] : kNoWeight);
        }
      }
    }
  }
}

TEST(LanePrepareRows, AreTheSameNumbersTokenByToken) {
  constexpr int kChannels = 64;
  const Block<float> x = normal_block(kChannels, 8);
  for (const Kernel* kernel : runnable(LanePrepareParams::kOp)) {
    for (const auto& [format, bytes] : {std::pair{LaneFormat::s8, 1}, {LaneFormat::bf16, 2}}) {
      Block<std::uint8_t> lanes(lane_index(kChannels * bytes, 0)), rows(lanes.size());
      Block<float> scales(kBlockTokens), offsets(kBlockTokens);
      Block<std::int32_t> starts(kBlockTokens);
      LanePrepareParams p;
      p.x = x.data();
      p.channels = kChannels;
      p.format = format;
      p.scales = scales.data();
      p.starts = starts.data();
      p.offsets = offsets.data();
      p.out = lanes.data();
      run_named(*kernel, p);
      p.out = rows.data();
      p.rows = true;
      run_named(*kernel, p);
      EXPECT_TRUE(rows.is_guarded()) << kernel->name;
      for (int token = 0; token < kBlockTokens; ++token) {
        for (int byte = 0; byte < kChannels * bytes; ++byte) {
          ASSERT_EQ(rows[static_cast<std::size_t>(token * kChannels * bytes + byte)],
                    lanes[lane_index(byte / 4, token) * 4 + byte % 4u])
              << kernel->name;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, LanePrepare,
                         testing::Combine(testing::Values(LaneNorm::none, LaneNorm::rms,
                                                          LaneNorm::layer),
                                          testing::Values(0.0f, 10.0f)));

TEST(LanePrepareZeros, HaveASmallScaleAndNoInfinity) {
  for (const Kernel* kernel : runnable(LanePrepareParams::kOp)) {
    Block<float> x(lane_index(64, 0));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0;
    for (const LaneNorm norm : {LaneNorm::none, LaneNorm::rms, LaneNorm::layer}) {
      const Prepared made = prepare_lanes(*kernel, x, 64, norm, LaneFormat::u8, kBlockTokens);
      for (std::size_t i = 0; i < lane_index(64, 0); ++i) ASSERT_EQ(made.out[i], 128);
      for (std::size_t i = 0; i < kBlockTokens; ++i) {
        ASSERT_GT(made.scales[i], 0) << kernel->name;
        ASSERT_LT(made.scales[i], 1e-15f) << kernel->name;
      }
    }
  }
}

/// The matrix of lane_rotate for one token, in float64.
std::vector<double> rotated(std::vector<double> x) {
  const std::size_t n = x.size(), length = n & (~n + 1), parts = n / length;
  double mean = 0;
  for (const double value : x) mean += value / static_cast<double>(n);
  std::vector<double> y(n);
  for (std::size_t part = 0; part < parts; ++part) {
    for (std::size_t i = 0; i < length; ++i) {
      for (std::size_t j = 0; j < length; ++j) {
        const double sign = __builtin_popcountll(i & j) % 2 == 0 ? 1 : -1;
        y[part * length + i] +=
            sign * (x[part * length + j] - mean) / std::sqrt(static_cast<double>(length));
      }
    }
  }
  if (parts == 1) return y;
  std::vector<double> z = y;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t part = 0; part < parts; ++part) {
      z[i] -= 2.0 / static_cast<double>(parts) * y[part * length + i % length];
    }
  }
  return z;
}

TEST(LaneRotate, EveryVariantIsTheOrthogonalMatrix) {
  for (const Kernel* kernel : runnable(LaneRotateParams::kOp)) {
    for (const int channels : {64, 128, 192, 384, 512, 1280}) {
      Block<float> x = normal_block(channels, 6, 1);
      const Block<float> before = normal_block(channels, 6, 1);
      run_named(*kernel, LaneRotateParams{x.data(), channels});
      EXPECT_TRUE(x.is_guarded()) << kernel->name;
      for (int token = 0; token < kBlockTokens; ++token) {
        std::vector<double> values;
        double size = 0;
        for (int c = 0; c < channels; ++c) {
          values.push_back(static_cast<double>(before[lane_index(c, token)]));
          size += std::abs(values.back()) / channels;
        }
        const std::vector<double> expected = rotated(values);
        // log2(channels) + 3 additions and the mean's, each of numbers that grow to sqrt(channels).
        const double allowed =
            (std::log2(channels) + 4 + channels / 16.0) * kRounding * size * std::sqrt(channels);
        for (int c = 0; c < channels; ++c) {
          ASSERT_NEAR(static_cast<double>(x[lane_index(c, token)]),
                      expected[static_cast<std::size_t>(c)], allowed)
              << kernel->name << ": " << channels << " channels, channel " << c;
        }
      }
    }
  }
}

TEST(LanePackValues, EveryVariantPacksNeighbouringKeys) {
  const Block<float> x = normal_block(kHeadWidth, 7);
  for (const Kernel* kernel : runnable(LanePackValuesParams::kOp)) {
    for (const int keys : {1, 12, 47, 48}) {
      for (const float smallest : {0.0f, 100.0f}) {
        Block<std::int8_t> bytes(kBlockTokens * kHeadWidth);
        Block<std::uint16_t> halves(kBlockTokens * kHeadWidth);
        Block<float> floats(kBlockTokens * kHeadWidth);
        float scale = 0;
        run_named(*kernel, LanePackValuesParams{x.data(), keys, LaneFormat::s8, bytes.data(),
                                                smallest, &scale});
        run_named(*kernel, LanePackValuesParams{x.data(), keys, LaneFormat::bf16, halves.data(), 0,
                                                nullptr});
        run_named(*kernel,
                  LanePackValuesParams{x.data(), keys, LaneFormat::f32, floats.data(), 0, nullptr});
        EXPECT_TRUE(bytes.is_guarded() && halves.is_guarded() && floats.is_guarded());
        float largest = smallest;
        for (int c = 0; c < kHeadWidth; ++c) {
          for (int key = 0; key < keys; ++key) {
            largest = std::max(largest, std::abs(x[lane_index(c, key)]));
          }
        }
        ASSERT_FLOAT_EQ(scale, largest / 127) << kernel->name;
        for (int c = 0; c < kHeadWidth; ++c) {
          for (int key = 0; key < kBlockTokens; ++key) {
            const float value = key < keys ? x[lane_index(c, key)] : 0.0f;
            const auto at = [&](int group) {
              return static_cast<std::size_t>((key / group * kHeadWidth + c) * group + key % group);
            };
            ASSERT_EQ(bytes[at(4)], std::nearbyint(value * (127.0f / largest))) << kernel->name;
            ASSERT_EQ(halves[at(2)], f32_to_bf16(value)) << kernel->name;
            ASSERT_EQ(floats[at(1)], value) << kernel->name;
          }
        }
      }
    }
  }
}

TEST(LanePackValues, RowsAreTheSameNumbersChannelByChannel) {
  const Block<float> x = normal_block(kHeadWidth, 7);
  constexpr std::size_t kCount = std::size_t{kBlockTokens} * kHeadWidth;
  for (const Kernel* kernel : runnable(LanePackValuesParams::kOp)) {
    for (const auto& [format, bytes] : {std::pair{LaneFormat::s8, 1u}, {LaneFormat::bf16, 2u}}) {
      Block<std::uint8_t> lanes(kCount * bytes), rows(kCount * bytes);
      float scale = 0;
      run_named(*kernel, LanePackValuesParams{x.data(), 29, format, lanes.data(), 0, &scale});
      run_named(*kernel, LanePackValuesParams{x.data(), 29, format, rows.data(), 0, &scale, true});
      EXPECT_TRUE(rows.is_guarded()) << kernel->name;
      for (std::size_t channel = 0; channel < kHeadWidth; ++channel) {
        for (std::size_t byte = 0; byte < kBlockTokens * bytes; ++byte) {
          ASSERT_EQ(rows[channel * kBlockTokens * bytes + byte],
                    lanes[(byte / 4 * kHeadWidth + channel) * 4 + byte % 4])
              << kernel->name;
        }
      }
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
