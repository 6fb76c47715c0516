// Every variant of LayerNorm in the list against float64.
#include <algorithm>

#include "src/compute/kernels/kernel_test.h"

namespace tessera::compute::kernels {
namespace {

struct Affine {
  explicit Affine(int columns) : gamma(static_cast<std::size_t>(columns)), beta(gamma) {
    std::mt19937 random(5);
    std::normal_distribution<float> normal;
    for (float& x : gamma) x = 1 + normal(random);
    for (float& x : beta) x = normal(random);
  }
  std::vector<float> gamma, beta;
};

LayerNormParams norm_params_of(GuardedRows<float>& in, const Affine& affine,
                               GuardedRows<float>& out) {
  LayerNormParams params;
  params.in = in.data();
  params.in_stride = in.stride();
  params.gamma = affine.gamma.data();
  params.beta = affine.beta.data();
  params.out = out.data();
  params.out_stride = out.stride();
  params.rows = in.rows();
  params.columns = in.columns();
  return params;
}

// The error of the corrected two-pass algorithm. Sums of n numbers in 32 lanes or more have chains
// of n / 32 + 5 additions. `rough`: how wrong the first mean may be, by its sum. It matters to
// second order only: the mean of the distances is within a chain's roundings of the mean distance,
// and so is the variance.
void expect_layer_norm(const NamedRow& row, const Affine& affine, const float* out, double epsilon,
                       const char* variant) {
  const auto n = static_cast<double>(row.values.size());
  const double chain = n / 32 + 8;
  double mean = 0, size = 0, variance = 0;
  for (const float x : row.values) mean += x / n;
  for (const float x : row.values) size += std::abs(x) / n;
  for (const float x : row.values) variance += (x - mean) * (x - mean) / n;
  const double scale = 1 / std::sqrt(variance + epsilon);
  const double rough = chain * kRounding * size;
  const double mean_error = chain * kRounding * (std::sqrt(variance) + rough);
  const double variance_error =
      2 * chain * kRounding * (variance + rough * rough) / (variance + epsilon);
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    const double distance = row.values[i] - mean, normed = distance * scale;
    const double expected = normed * affine.gamma[i] + affine.beta[i];
    const double error =
        std::abs(affine.gamma[i]) * (mean_error * scale + std::abs(normed) * variance_error / 2 +
                                     kRounding * (8 * std::abs(normed) + 3 * rough * scale)) +
        2 * kRounding * (std::abs(normed * affine.gamma[i]) + std::abs(affine.beta[i]));
    ASSERT_NEAR(out[i], expected, error) << variant << ": " << row.name << ", column " << i;
  }
}

TEST(LayerNormKernels, EveryVariantIsWithinItsBound) {
  for (const Kernel* kernel : runnable(LayerNormParams::kOp)) {
    for (const int columns : row_lengths()) {
      const std::vector<NamedRow> rows = hard_rows(columns);
      const Affine affine(columns);
      GuardedRows<float> in = stack(rows, 3);
      GuardedRows<float> out(rows.size(), columns, 5);
      LayerNormParams params = norm_params_of(in, affine, out);
      run_named(*kernel, params);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        expect_layer_norm(rows[i], affine, out.row(i), double{params.epsilon}, kernel->name);
      }
      EXPECT_TRUE(out.is_guarded()) << kernel->name << " wrote outside " << columns << " columns";
      run_named(*kernel, norm_params_of(in, affine, in));
      EXPECT_TRUE(same_bits(in, out)) << kernel->name << ": in place, " << columns << " columns";
      EXPECT_TRUE(in.is_guarded()) << kernel->name << " wrote outside " << columns << " columns";
    }
  }
}

TEST(LayerNormKernels, EpsilonCounts) {
  for (const Kernel* kernel : runnable(LayerNormParams::kOp)) {
    GuardedRows<float> in(1, 2, 0), out(1, 2, 0);
    Affine affine(2);
    affine.gamma = {1, 1};
    affine.beta = {0, 0};
    in.data()[0] = 1;
    in.data()[1] = -1;
    LayerNormParams params = norm_params_of(in, affine, out);
    params.epsilon = 3;  // 1 / sqrt(1 + 3)
    run_named(*kernel, params);
    EXPECT_FLOAT_EQ(out.data()[0], 0.5f) << kernel->name;
    EXPECT_FLOAT_EQ(out.data()[1], -0.5f) << kernel->name;
  }
}

// A mean of 1e6 has no digits left for anything below 1/16; the correction finds them.
TEST(LayerNormKernels, ALargeOffsetCostsNothing) {
  constexpr int kColumns = 512;
  for (const Kernel* kernel : runnable(LayerNormParams::kOp)) {
    GuardedRows<float> in(1, kColumns, 0), out(1, kColumns, 0);
    Affine affine(kColumns);
    std::fill(affine.gamma.begin(), affine.gamma.end(), 1.0f);
    std::fill(affine.beta.begin(), affine.beta.end(), 0.0f);
    for (int i = 0; i < kColumns; ++i) in.data()[i] = 1e6f + static_cast<float>(i % 4);
    run_named(*kernel, norm_params_of(in, affine, out));
    for (int i = 0; i < kColumns; ++i) {
      const double expected = (i % 4 - 1.5) / std::sqrt(1.25 + 1e-5);
      ASSERT_NEAR(out.data()[i], expected, 1e-6) << kernel->name << ", column " << i;
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
