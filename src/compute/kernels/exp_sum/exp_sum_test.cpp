// Every variant of exp_sum in the list against the C library's exp in extended precision.
#include <algorithm>

#include "src/compute/kernels/kernel_test.h"

namespace tessera::compute::kernels {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
/// The most that one rounding of float64 changes, relatively.
constexpr double kRounding64 = 0x1p-53;

const std::vector<const Kernel*>& variants() {
  static const std::vector<const Kernel*> found = runnable(ExpSumParams::kOp);
  return found;
}

// Around the row lie numbers that weigh more than all of it.
double sum_of(const Kernel& kernel, const std::vector<float>& row, double shift, double scale) {
  constexpr std::size_t kMargin = 40;
  std::vector<float> guarded(row.size() + 2 * kMargin, static_cast<float>(shift + 50 / scale));
  std::copy(row.begin(), row.end(), guarded.begin() + kMargin);
  double sum = -1;
  ExpSumParams params;
  params.in = guarded.data() + kMargin;
  params.count = static_cast<std::ptrdiff_t>(row.size());
  params.shift = shift;
  params.scale = scale;
  params.sum = &sum;
  run_named(kernel, params);
  return sum;
}

// Relative to the sum: 1e-13 as the op promises; the exponent's three roundings (difference, factor
// and product), which are as many relative ones of exp as the exponent is large, and of which the
// weighted mean counts; one addition per number.
void expect_sum(const std::vector<float>& row, double shift, double scale,
                const std::string& name) {
  long double expected = 0, exponents = 0;
  for (const float x : row) {
    const long double exponent = (static_cast<long double>(x) - shift) * scale;
    const long double term = std::exp(exponent);
    expected += term;
    if (term > 0) exponents += term * std::abs(exponent);
  }
  const double mean = expected > 0 ? static_cast<double>(exponents / expected) : 0;
  const double roundings = 3 * mean + static_cast<double>(row.size()) + 4;
  const auto sum = static_cast<double>(expected);
  for (const Kernel* kernel : variants()) {
    EXPECT_NEAR(sum_of(*kernel, row, shift, scale), sum, sum * (1e-13 + roundings * kRounding64))
        << kernel->name << ": " << name << ", scale " << scale;
  }
}

TEST(ExpSumKernels, EveryVariantIsWithinItsBound) {
  const auto expect_row = [](const NamedRow& row, double scale) {
    const auto most = std::max_element(row.values.begin(), row.values.end());
    expect_sum(row.values, most == row.values.end() ? 0 : *most, scale, row.name);
  };
  for (const int columns : row_lengths()) {
    for (const NamedRow& row : hard_rows(columns)) {
      for (const double scale : {1.0, 0.37, 5.0}) expect_row(row, scale);
    }
  }
  for (const NamedRow& row : hard_rows(51865)) expect_row(row, 1);
}

// One number at a time, so that no larger one hides it.
TEST(ExpSumKernels, EveryTermIsWithinItsBound) {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (const float reach : {0.001f, 0.7f, 20.0f, 690.0f}) {
    for (int i = 0; i < 500; ++i) expect_sum({reach * uniform(random)}, 0, 1, "a term");
  }
  for (const Kernel* kernel : variants()) {
    EXPECT_EQ(sum_of(*kernel, {2.5f}, 2.5, 1), 1.0) << kernel->name;
  }
}

TEST(ExpSumKernels, WhatIsForbiddenWeighsNothing) {
  for (const Kernel* kernel : variants()) {
    for (const std::size_t columns : {std::size_t{3}, std::size_t{32}, std::size_t{77}}) {
      std::vector<float> row(columns, kNever);
      EXPECT_EQ(sum_of(*kernel, row, 0, 1), 0.0) << kernel->name;
      row[1] = kNaN;
      row[2] = -694;  // 2^-1001
      EXPECT_EQ(sum_of(*kernel, row, 0, 1), 0.0) << kernel->name;
      row[0] = -std::numeric_limits<float>::max();
      EXPECT_EQ(sum_of(*kernel, row, 0, 1000), 0.0) << kernel->name;
      row[columns - 1] = 3;
      EXPECT_EQ(sum_of(*kernel, row, 3, 2), 1.0) << kernel->name;
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
