// What an int8 encoder's weights are rearranged to: the same function of the same input.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "src/compute/npu/engine/encoder_i8_hidden.h"
#include "src/compute/npu/engine/encoder_i8_rotation.h"

namespace tessera::compute::npu {
namespace {

std::vector<float> random_numbers(unsigned seed, std::size_t count) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> numbers(count);
  for (float& x : numbers) x = normal(random);
  return numbers;
}

FoldedProduct random_product(unsigned seed, int n, int k) {
  const auto rows = static_cast<std::size_t>(n), columns = static_cast<std::size_t>(k);
  return {n, k, random_numbers(seed, rows * columns), random_numbers(seed + 1, rows)};
}

std::vector<float> outputs(const FoldedProduct& product, const std::vector<float>& x) {
  std::vector<float> out = product.bias;
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (std::size_t k = 0; k < x.size(); ++k) out[i] += product.weight[i * x.size() + k] * x[k];
  }
  return out;
}

double gelu(double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); }

TEST(EncoderI8Fold, RotatesAndBack) {
  for (const int width : {64, 192, 384, 512}) {  // parts: 1, 3, 3, 1
    const std::vector<float> before = random_numbers(1, 3 * static_cast<std::size_t>(width));
    std::vector<float> rows = before;
    rotate(rows, width);
    double length = 0, expected = 0, largest = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      length += static_cast<double>(rows[i] * rows[i]);
      expected += static_cast<double>(before[i] * before[i]);
    }
    EXPECT_NEAR(length, expected, 1e-4 * expected);
    rotate_back(rows, width);
    for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_NEAR(rows[i], before[i], 1e-5);
    // A channel that stands out does so no more; neither does a sinusoid.
    std::vector<float> outlier(static_cast<std::size_t>(width)), wave(outlier.size());
    outlier[5] = std::sqrt(static_cast<float>(width));
    for (std::size_t i = 0; i < wave.size(); ++i) {
      wave[i] = std::sqrt(2.0f) * std::sin(0.1f * static_cast<float>(i));
    }
    rotate(outlier, width);
    rotate(wave, width);
    for (const float x : outlier) largest = std::max(largest, static_cast<double>(std::abs(x)));
    for (const float x : wave) largest = std::max(largest, static_cast<double>(std::abs(x)));
    EXPECT_LT(largest, 4.5) << width;
  }
}

TEST(EncoderI8Fold, RotatedWritersAndReadersFit) {
  FoldedProduct writer = random_product(2, 192, 40), reader = random_product(4, 10, 192);
  const std::vector<float> x = random_numbers(6, 40);
  std::vector<float> stream = outputs(writer, x);
  float mean = 0;
  for (const float value : stream) mean += value / 192;
  for (float& value : stream) value -= mean;
  const std::vector<float> expected = outputs(reader, stream);
  rotate_writer(writer);
  rotate_reader(reader);
  const std::vector<float> got = outputs(reader, outputs(writer, x));
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 0.01) << i;
}

TEST(EncoderI8Fold, RotatedHeadsHaveTheSameScores) {
  FoldedProduct query = random_product(7, 128, 20), key = random_product(9, 128, 20);
  const std::vector<float> a = random_numbers(11, 20), b = random_numbers(12, 20);
  const auto score = [&](std::size_t head) {
    const std::vector<float> q = outputs(query, a), k = outputs(key, b);
    double sum = 0;
    for (std::size_t d = 64 * head; d < 64 * head + 64; ++d)
      sum += static_cast<double>(q[d] * k[d]);
    return sum;
  };
  const double first = score(0), second = score(1);
  rotate_heads(query);
  rotate_heads(key);
  EXPECT_NEAR(score(0), first, 1e-3 * std::abs(first) + 0.01);
  EXPECT_NEAR(score(1), second, 1e-3 * std::abs(second) + 0.01);
}

/// What a feed-forward layer of one input gives, each hidden number clamped to its range.
double clamped_layer(const FoldedLayer& layer, const std::vector<Range>& hidden, double x) {
  double sum = 0;
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    const double y =
        gelu(static_cast<double>(layer.up.weight[i]) * x + static_cast<double>(layer.up.bias[i]));
    const double most = static_cast<double>(hidden[i].most * kRangeMargin);
    sum += static_cast<double>(layer.down.weight[i]) * std::min(y, most);
  }
  return sum;
}

TEST(EncoderI8Fold, MassiveChannelsAreTwo) {
  FoldedLayer layer;
  layer.up = {4, 1, {1, 100, 0.01f, 2}, {0.5f, -3, 0, 0}};
  layer.down = {1, 4, {1, 0.5f, 0.01f, -1}, {0}};
  std::vector<Range> hidden = {{0, 4}, {0, 500}, {0, 0.1f}, {0, 6}};
  const FoldedLayer before = layer;
  const std::vector<Range> ranges = hidden;
  split_massive(layer, hidden);
  EXPECT_LT(hidden[1].most, 10);
  EXPECT_GT(hidden[2].most, 400) << "the one that mattered least";
  EXPECT_EQ(hidden[0].most, 4);
  for (double x = -2; x < 5; x += 0.01) {
    // The least one's 0.0005, and around the clamp GELU is up to 0.17 from x.
    EXPECT_NEAR(clamped_layer(layer, hidden, x), clamped_layer(before, ranges, x),
                0.5 * 0.17 + 0.001)
        << x;
  }
}

TEST(EncoderI8Fold, SortedChannelsAreTheSameFunction) {
  FoldedLayer layer;
  layer.up = {3, 1, {1, 2, 3}, {4, 5, 6}};
  layer.down = {2, 3, {1, 2, 3, 4, 5, 6}, {0, 0}};
  std::vector<FixedScale> hidden = {{0.3f, 0, 1}, {0.1f, 0, 2}, {0.2f, 0, 3}};
  sort_hidden(layer, hidden);
  EXPECT_EQ(layer.up.weight, (std::vector<float>{2, 3, 1}));
  EXPECT_EQ(layer.up.bias, (std::vector<float>{5, 6, 4}));
  EXPECT_EQ(layer.down.weight, (std::vector<float>{2, 3, 1, 5, 6, 4}));
  EXPECT_EQ(hidden[0].zero, 2);
  EXPECT_EQ(hidden[2].zero, 1);
}

}  // namespace
}  // namespace tessera::compute::npu
