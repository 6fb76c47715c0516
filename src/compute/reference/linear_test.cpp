#include "src/compute/reference/linear.h"

#include <gtest/gtest.h>

#include <random>

namespace tessera::compute::reference {
namespace {

std::vector<float> random_values(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<float> values(count);
  for (float& value : values) {
    value = static_cast<float>(static_cast<double>(generator()) / 0x1p31 - 1.0);
  }
  return values;
}

TEST(PackedMatrix, RowsAndColumnsOfTheSameMatrixPackAlike) {
  const int n = 13;
  const int k = 5;
  const std::vector<float> rows = random_values(n * k, 1);  // (n, k)
  std::vector<float> columns(rows.size());                  // (k, n)
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < k; ++j) columns[j * n + i] = rows[i * k + j];
  }
  const PackedMatrix a = PackedMatrix::from_rows(rows.data(), n, k, k);
  const PackedMatrix b = PackedMatrix::from_columns(columns.data(), n, k, n);
  ASSERT_EQ(a.panels(), 2);
  for (int panel = 0; panel < 2; ++panel) {
    for (int i = 0; i < k * PackedMatrix::kPanel; ++i) {
      EXPECT_EQ(a.panel(panel)[i], b.panel(panel)[i]);
    }
  }
  EXPECT_EQ(a.panel(1)[2 * PackedMatrix::kPanel + 4], rows[12 * k + 2]);
  EXPECT_EQ(a.panel(1)[2 * PackedMatrix::kPanel + 5], 0.0f);
}

// The contract is exact: one float64 sum in ascending order, rounded once.
TEST(Linear, EqualsAFloat64SumInOrderForEverySize) {
  for (const int threads : {1, 3}) {
    base::ThreadPool pool(threads);
    for (const int m : {1, 2, 63, 64, 65}) {
      for (const int n : {1, 7, 8, 65}) {
        const int k = 37;
        const std::vector<float> x = random_values(m * k, 2);
        const std::vector<float> w = random_values(n * k, 3);
        const std::vector<float> bias = random_values(n, 4);
        std::vector<float> y(m * n, 99.0f);
        linear(PackedMatrix::from_rows(w.data(), n, k, k), bias, x.data(), k, m, y.data(), n, pool);
        for (int i = 0; i < m; ++i) {
          for (int j = 0; j < n; ++j) {
            double sum = 0;
            for (int c = 0; c < k; ++c) sum += static_cast<double>(x[i * k + c]) * w[j * k + c];
            ASSERT_EQ(y[i * n + j], static_cast<float>(sum + bias[j])) << m << "x" << n;
          }
        }
      }
    }
  }
}

TEST(Linear, LeavesWhatLiesBetweenTheRowsOfItsOutput) {
  base::ThreadPool pool(1);
  const std::vector<float> x = random_values(3 * 4, 5);
  const std::vector<float> w = random_values(2 * 4, 6);
  std::vector<float> y(3 * 10, 99.0f);
  linear(PackedMatrix::from_rows(w.data(), 2, 4, 4), {}, x.data(), 4, 3, y.data(), 10, pool);
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(y[i * 10 + 1], 99.0f);
    for (int j = 2; j < 10; ++j) EXPECT_EQ(y[i * 10 + j], 99.0f);
  }
}

}  // namespace
}  // namespace tessera::compute::reference
