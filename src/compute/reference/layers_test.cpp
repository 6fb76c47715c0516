#include "src/compute/reference/layers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace tessera::compute::reference {
namespace {

Tensor random_tensor(int rows, int cols, unsigned seed, double spread = 1.0) {
  std::mt19937 generator(seed);
  Tensor tensor(DType::f32, rows, cols);
  for (float& value : tensor.values<float>()) {
    value = static_cast<float>(spread * (static_cast<double>(generator()) / 0x1p31 - 1.0));
  }
  return tensor;
}

TEST(LayerNorm, CentersAndScalesEachRow) {
  base::ThreadPool pool(2);
  const Tensor x = random_tensor(3, 64, 1, 40.0);
  Tensor y(DType::f32, 3, 64);
  const Norm norm{std::vector<float>(64, 2.0f), std::vector<float>(64, 0.5f)};
  apply(norm, x, y, pool);
  for (int row = 0; row < 3; ++row) {
    double sum = 0;
    double squares = 0;
    for (const float value : y.row<float>(row)) {
      sum += value - 0.5;
      squares += (value - 0.5) * (value - 0.5);
    }
    EXPECT_NEAR(sum / 64, 0.0, 1e-6);      // 64 roundings of values near 2
    EXPECT_NEAR(squares / 64, 4.0, 1e-5);  // epsilon is 1e-5 of a variance of about 500
  }
}

TEST(LayerNorm, GivesTheOffsetForAConstantRow) {
  base::ThreadPool pool(1);
  Tensor x(DType::f32, 1, 8);
  for (float& value : x.values<float>()) value = 1e6f;
  Tensor y(DType::f32, 1, 8);
  apply(Norm{std::vector<float>(8, 3.0f), std::vector<float>(8, 0.25f)}, x, y, pool);
  for (const float value : y.values<float>()) EXPECT_EQ(value, 0.25f);
}

TEST(Gelu, HasItsKnownValues) {
  base::ThreadPool pool(1);
  Tensor x(DType::f32, 1, 5);
  const float in[] = {0.0f, 1.0f, -1.0f, 10.0f, -10.0f};
  // x Phi(x) from a table of the normal distribution: Phi(1) = 0.841344746.
  const float out[] = {0.0f, 0.841344746f, -0.158655254f, 10.0f, 0.0f};
  std::copy(std::begin(in), std::end(in), x.values<float>().begin());
  gelu(x, pool);
  for (int i = 0; i < 5; ++i) EXPECT_NEAR(x.row<float>(0)[i], out[i], 1e-7);
}

TEST(Softmax, IsStableAndSumsToOne) {
  std::vector<float> row = {1000.0f, 1001.0f, 999.0f, -1000.0f};
  softmax(row);
  const double sum = std::exp(-1.0) + 1 + std::exp(-2.0);
  EXPECT_NEAR(row[0], std::exp(-1.0) / sum, 1e-7);
  EXPECT_NEAR(row[1], 1 / sum, 1e-7);
  EXPECT_EQ(row[3], 0.0f);
}

// Against the definition, in float64, with one key that dominates so that the softmax is not flat.
TEST(Attention, EqualsItsDefinition) {
  const int heads = 3;
  const int width = 16;
  const int positions = 37;
  base::ThreadPool pool(2);
  const Tensor queries = random_tensor(40, heads * width, 2, 3.0);
  Tensor keys = random_tensor(positions, heads * width, 3, 3.0);
  for (float& value : keys.row<float>(5)) value *= 4.0f;
  const Tensor values = random_tensor(positions, heads * width, 4);
  Tensor out(DType::f32, 40, heads * width);
  attend(PackedHeads::pack(keys, values, heads, pool), queries, out, pool);

  for (int row = 0; row < 40; ++row) {
    for (int head = 0; head < heads; ++head) {
      std::vector<double> weight(positions);
      double total = 0;
      for (int t = 0; t < positions; ++t) {
        double score = 0;
        for (int c = head * width; c < (head + 1) * width; ++c) {
          score += static_cast<double>(queries.row<float>(row)[c]) * keys.row<float>(t)[c];
        }
        weight[t] = std::exp(score / 4.0);
        total += weight[t];
      }
      for (int c = head * width; c < (head + 1) * width; ++c) {
        double expected = 0;
        for (int t = 0; t < positions; ++t) {
          expected += weight[t] / total * values.row<float>(t)[c];
        }
        // Scores up to 500 are rounded to 2^-24 of that, which moves exp() by 3e-5 of itself.
        ASSERT_NEAR(out.row<float>(row)[c], expected, 6e-5);
      }
    }
  }
}

}  // namespace
}  // namespace tessera::compute::reference
