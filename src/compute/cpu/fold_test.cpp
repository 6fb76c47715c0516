#include "src/compute/cpu/fold.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

namespace tessera::compute::cpu {
namespace {

std::vector<float> normal_floats(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> distribution;
  std::vector<float> values(count);
  for (float& value : values) value = distribution(random);
  return values;
}

Dense dense(int n, int k, unsigned seed) {
  return {n, k, normal_floats(static_cast<std::size_t>(n) * static_cast<std::size_t>(k), seed),
          normal_floats(static_cast<std::size_t>(n), seed + 1)};
}

std::vector<double> outputs_of(const Dense& layer, const std::vector<double>& x) {
  std::vector<double> y;
  for (std::size_t row = 0; row < static_cast<std::size_t>(layer.n); ++row) {
    double sum = static_cast<double>(layer.bias[row]);
    for (std::size_t i = 0; i < x.size(); ++i) {
      sum += static_cast<double>(layer.weight[row * x.size() + i]) * x[i];
    }
    y.push_back(sum);
  }
  return y;
}

std::vector<double> layer_norm(std::vector<double> x) {
  const auto n = static_cast<double>(x.size());
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
  double square = 0;
  for (double& value : x) {
    value -= mean;
    square += value * value / n;
  }
  for (double& value : x) value /= std::sqrt(square + 1e-5);
  return x;
}

std::vector<double> rms_norm(std::vector<double> x) {
  double square = 0;
  for (const double value : x) square += value * value / static_cast<double>(x.size());
  for (double& value : x) value /= std::sqrt(square + 1e-5);
  return x;
}

WeightView view(const std::vector<float>& values) {
  return {DType::f32,
          {static_cast<std::int64_t>(values.size()), 1, 1},
          reinterpret_cast<const std::byte*>(values.data())};
}

class Fold : public testing::TestWithParam<int> {};

// A writer, a norm and a reader give the same when the stream between them is centred and rotated.
TEST_P(Fold, ChangesNothingBetweenWriterAndReader) {
  const int width = GetParam();
  const auto w = static_cast<std::size_t>(width);
  Dense writer = dense(width, 64, 1), reader = dense(24, width, 3);
  const std::vector<float> gamma = normal_floats(w, 5), beta = normal_floats(w, 6);
  const std::vector<float> input = normal_floats(64, 7);
  const std::vector<double> x(input.begin(), input.end());

  std::vector<double> normed = layer_norm(outputs_of(writer, x));
  for (std::size_t i = 0; i < w; ++i) {
    normed[i] = normed[i] * static_cast<double>(gamma[i]) + static_cast<double>(beta[i]);
  }
  const std::vector<double> expected = outputs_of(reader, normed);

  fold_norm({view(gamma), view(beta)}, reader);
  rotate_reader(reader);
  rotate_writer(writer);
  const std::vector<double> found = outputs_of(reader, rms_norm(outputs_of(writer, x)));
  double size = 0;
  for (const double value : expected)
    size += std::abs(value) / static_cast<double>(expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    // Weights are rounded to float32 after some log2(width) + 3 additions each.
    ASSERT_NEAR(found[i], expected[i], 32 * std::ldexp(size * std::sqrt(width), -24));
  }
}

TEST_P(Fold, RotatedRowsKeepTheirLength) {
  const auto w = static_cast<std::size_t>(GetParam());
  std::vector<float> row = normal_floats(w, 9);
  const auto square = [&] {
    double sum = 0;
    for (const float value : row) sum += static_cast<double>(value) * static_cast<double>(value);
    return sum;
  };
  const double before = square();
  rotate_rows(row.data(), 1, GetParam());
  EXPECT_NEAR(square() / before, 1, 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Widths, Fold, testing::Values(64, 192, 384, 512, 1280));

TEST(FoldHeads, ChangesNeitherScoresNorWhatIsReadOfValues) {
  Dense query = dense(128, 24, 1), key = dense(128, 24, 3), out = dense(5, 128, 5);
  const std::vector<float> input = normal_floats(48, 7);
  const std::vector<double> x(input.begin(), input.begin() + 24),
      y(input.begin() + 24, input.end());
  const auto score = [&](std::ptrdiff_t head) {
    const std::vector<double> q = outputs_of(query, x), k = outputs_of(key, y);
    return std::inner_product(q.begin() + 64 * head, q.begin() + 64 * (head + 1),
                              k.begin() + 64 * head, 0.0);
  };
  const std::vector<double> scores = {score(0), score(1)};
  const std::vector<double> expected = outputs_of(out, outputs_of(key, y));
  const double first = outputs_of(query, x)[1];
  rotate_heads(query);
  rotate_heads(key);
  rotate_reader_of_heads(out);
  // Sums of 64 products of some 24, of weights that were rounded anew.
  for (const int head : {0, 1})
    EXPECT_NEAR(score(head), scores[static_cast<std::size_t>(head)], 2e-3);
  const std::vector<double> found = outputs_of(out, outputs_of(key, y));
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-4);
  EXPECT_GT(std::abs(outputs_of(query, x)[1] - first), 0.1) << "they are others";
}

TEST(Dense, PutsTheChannelsOfATapTogether) {
  const std::vector<float> values = {0, 1, 2, 10, 11, 12};  // (1 output, 2 channels, 3 taps)
  const WeightView weight{DType::f32, {1, 2, 3}, reinterpret_cast<const std::byte*>(values.data())};
  const Dense made = Dense::from(weight, {});
  EXPECT_EQ(made.weight, (std::vector<float>{0, 10, 1, 11, 2, 12}));
  EXPECT_EQ(made.bias, std::vector<float>{0});
}

}  // namespace
}  // namespace tessera::compute::cpu
