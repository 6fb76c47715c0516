// Every variant of GELU in the list against float64.
#include <algorithm>
#include <cfloat>

#include "src/compute/kernels/kernel_test.h"

namespace tessera::compute::kernels {
namespace {

// x Phi(x) without the loss of 1 + erf for negative x.
double gelu_in_float64(double x) { return 0.5 * x * std::erfc(-x * std::sqrt(0.5)); }

GeluParams params_of(GuardedRows<float>& in, GuardedRows<float>& out) {
  GeluParams params;
  params.in = in.data();
  params.out = out.data();
  params.count = in.columns();
  return params;
}

// Absolute bounds besides the rounding of the result.
//   polynomial: 8.6e-9 of the fit or 6.1e-8 beyond its end, and in the range where a / 2 erfc is
//     largest, 0.17, some 10 roundings (6e-8 each) of it: the root's error counts eightfold.
//   erff: one rounding of erf near 1, and half a one of 1 + erf, times |x| / 2 up to 5.6.
double bound_of(const Kernel& kernel) {
  return std::string_view(kernel.name).starts_with("polynomial") ? 1.5e-7 : 4e-7;
}

// The largest error less two roundings of the result.
double worst_error(const Kernel& kernel, GuardedRows<float>& in) {
  GuardedRows<float> out(1, in.columns(), 0);
  run_named(kernel, params_of(in, out));
  EXPECT_TRUE(out.is_guarded()) << kernel.name << " wrote outside " << in.columns();
  double worst = 0;
  for (int i = 0; i < in.columns(); ++i) {
    const double expected = gelu_in_float64(in.data()[i]);
    const double error = std::abs(out.data()[i] - expected) - 2 * kRounding * std::abs(expected);
    EXPECT_FALSE(std::isnan(error)) << kernel.name << " of " << in.data()[i];
    worst = std::max(worst, error);
  }
  return worst;
}

TEST(GeluKernels, EveryVariantIsWithinItsBound) {
  for (const Kernel* kernel : runnable(GeluParams::kOp)) {
    constexpr int kCount = 200000;  // from -10 to 10
    GuardedRows<float> in(1, kCount, 0);
    for (int i = 0; i < kCount; ++i) {
      in.data()[i] = static_cast<float>(20.0 * i / (kCount - 1) - 10);
    }
    const double worst = worst_error(*kernel, in);
    RecordProperty(kernel->name, std::to_string(worst * 1e9));
    EXPECT_LT(worst, bound_of(*kernel)) << kernel->name;
  }
}

TEST(GeluKernels, AnyNumberOfElementsOfAnySize) {
  for (const Kernel* kernel : runnable(GeluParams::kOp)) {
    for (const int count : row_lengths()) {
      for (const NamedRow& row : hard_rows(count)) {
        GuardedRows<float> in = stack({row}, 0);
        EXPECT_LT(worst_error(*kernel, in), bound_of(*kernel)) << kernel->name << ": " << row.name;
        GuardedRows<float> out(1, count, 0);
        run_named(*kernel, params_of(in, out));
        run_named(*kernel, params_of(in, in));
        EXPECT_TRUE(same_bits(in, out)) << kernel->name << ": in place, " << row.name;
        EXPECT_TRUE(in.is_guarded()) << kernel->name << ": in place, " << row.name;
      }
    }
  }
}

TEST(GeluKernels, EndsOfTheNumberLine) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const Kernel* kernel : runnable(GeluParams::kOp)) {
    GuardedRows<float> in(1, 6, 0), out(1, 6, 0);
    const float values[] = {FLT_MAX, -FLT_MAX, 1e-30f, -1e-30f, infinity, NAN};
    std::copy(std::begin(values), std::end(values), in.data());
    run_named(*kernel, params_of(in, out));
    EXPECT_EQ(out.data()[0], FLT_MAX) << kernel->name;
    EXPECT_NEAR(out.data()[1], 0, bound_of(*kernel)) << kernel->name;
    EXPECT_FLOAT_EQ(out.data()[2], 0.5e-30f) << kernel->name;
    EXPECT_FLOAT_EQ(out.data()[3], -0.5e-30f) << kernel->name;
    EXPECT_EQ(out.data()[4], infinity) << kernel->name;
    EXPECT_TRUE(std::isnan(out.data()[5])) << kernel->name;
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
