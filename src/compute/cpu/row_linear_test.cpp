#include "src/compute/cpu/row_linear.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace tessera::compute::cpu {
namespace {

struct Sizes {
  int rows, n, k, group;
};

class RowLinearTest : public testing::TestWithParam<Number> {
 protected:
  Dense layer(int n, int k, bool has_bias) {
    Dense made;
    made.n = n;
    made.k = k;
    for (int i = 0; i < n * k; ++i) made.weight.push_back(normal_(random_));
    for (int i = 0; i < n; ++i) made.bias.push_back(has_bias ? normal_(random_) : 0.0f);
    return made;
  }
  RowLinear packed(PackedWeights& store, const Dense& dense, int group) {
    const RowLinear linear(store, GetParam(), dense.n, dense.k, group);
    store.add_task([&] { linear.pack(dense); });
    store.fill(pool_);
    return linear;
  }
  void fill(RowMatrix& x, int rows, int columns) {
    x.resize(rows, columns);
    for (int row = 0; row < rows; ++row) {
      for (int i = 0; i < columns; ++i) x.row(row)[i] = normal_(random_);
    }
  }

  std::mt19937 random_{5};
  std::normal_distribution<float> normal_;
  KernelSet kernels_{kernels::IsaTier::best()};
  base::ThreadPool pool_{3};
};

INSTANTIATE_TEST_SUITE_P(Numbers, RowLinearTest,
                         testing::Values(Number::f32, Number::bf16, Number::i8),
                         [](const auto& info) { return number_name(info.param); });

// A product of k terms of size 1 is off by its operands' roundings: at most k 2^-24 of the sizes of
// its terms (0.64 k for normal numbers, 1.3 of that at the far end) for float32; by
// 2^-8 sqrt(2 / 6) sqrt(k) (rms) for bfloat16, 3.5 / 127 sqrt(2 / 12) sqrt(k) for bytes, six times
// that at the far end.
double allowed_error(Number number, int k) {
  if (number == Number::f32) return k * 0x1p-24 * 0.64 * 1.3 * k;
  return 6 * std::sqrt(k) *
         (number == Number::bf16 ? 0x1p-8 * std::sqrt(2.0 / 6) : 3.5 / 127 * std::sqrt(2.0 / 12));
}

TEST_P(RowLinearTest, MultipliesAddsAndBends) {
  const Sizes sizes[] = {{1, 64, 64, 64},     {3, 307, 128, 128},   {8, 48, 576, 512},
                         {9, 512, 1536, 512}, {70, 1100, 112, 112}, {130, 96, 64, 64}};
  for (const Sizes& s : sizes) {
    for (const bool bends : {false, true}) {
      const Dense dense = layer(s.n, s.k, !bends);
      PackedWeights store;
      const RowLinear linear = packed(store, dense, s.group);
      RowMatrix x, y;
      fill(x, s.rows, s.k);
      fill(y, s.rows, s.n);
      std::vector<std::vector<double>> expected;
      for (int row = 0; row < s.rows; ++row) {
        expected.emplace_back();
        for (int n = 0; n < s.n; ++n) {
          double sum = static_cast<double>(dense.bias[static_cast<std::size_t>(n)]);
          for (int i = 0; i < s.k; ++i) {
            sum += static_cast<double>(dense.weight[static_cast<std::size_t>(n * s.k + i)]) *
                   static_cast<double>(x.row(row)[i]);
          }
          if (bends) {
            sum *= 0.5 * std::erfc(-sum / std::sqrt(2.0));
          } else {
            sum += static_cast<double>(y.row(row)[n]);
          }
          expected.back().push_back(sum);
        }
      }
      if (bends && s.group < s.k) continue;  // nobody needs it, and parts do not add up
      RowInput input;
      linear.prepare(kernels_, x, s.rows, {}, input, pool_);
      linear.apply(kernels_, input, s.rows, {y, /*adds=*/!bends, bends}, pool_);
      for (int row = 0; row < s.rows; ++row) {
        for (int n = 0; n < s.n; ++n) {
          ASSERT_NEAR(static_cast<double>(y.row(row)[n]),
                      expected[static_cast<std::size_t>(row)][static_cast<std::size_t>(n)],
                      allowed_error(GetParam(), s.k))
              << s.rows << "x" << s.n << "x" << s.k;
        }
      }
    }
  }
}

// A group of inputs that is far larger than the others has a scale of its own.
TEST_P(RowLinearTest, GroupsKeepTheirResolution) {
  Dense dense = layer(48, 1024, false);
  for (int n = 0; n < 48; ++n) {
    for (int i = 512; i < 1024; ++i) dense.weight[static_cast<std::size_t>(n * 1024 + i)] = 0;
  }
  PackedWeights store;
  const RowLinear linear = packed(store, dense, 512);
  RowMatrix x, y;
  fill(x, 1, 1024);
  for (int i = 512; i < 1024; ++i) x.row(0)[i] *= 1e4f;
  y.resize(1, 48);
  RowInput input;
  linear.prepare(kernels_, x, 1, {}, input, pool_);
  linear.apply(kernels_, input, 1, {y}, pool_);
  for (int n = 0; n < 48; ++n) {
    double sum = 0;
    for (int i = 0; i < 512; ++i) {
      sum += static_cast<double>(dense.weight[static_cast<std::size_t>(n * 1024 + i)]) *
             static_cast<double>(x.row(0)[i]);
    }
    EXPECT_NEAR(static_cast<double>(y.row(0)[n]), sum, allowed_error(GetParam(), 512));
  }
}

TEST_P(RowLinearTest, TakesZeros) {
  Dense dense = layer(64, 64, true);
  std::fill(dense.weight.begin(), dense.weight.end(), 0.0f);
  PackedWeights store;
  const RowLinear linear = packed(store, dense, 64);
  RowMatrix x, y;
  x.resize(2, 64);
  std::fill_n(x.row(0), 64, 0.0f);
  std::fill_n(x.row(1), 64, 3.0f);
  y.resize(2, 64);
  RowInput input;
  linear.prepare(kernels_, x, 2, {}, input, pool_);
  linear.apply(kernels_, input, 2, {y}, pool_);
  for (int n = 0; n < 64; ++n) {
    EXPECT_EQ(y.row(0)[n], dense.bias[static_cast<std::size_t>(n)]);
    EXPECT_EQ(y.row(1)[n], dense.bias[static_cast<std::size_t>(n)]);
  }
}

}  // namespace
}  // namespace tessera::compute::cpu
