// Every variant of the Walsh-Hadamard transform in the list against the oracle, and the oracle
// against the matrix.
#include <bit>

#include "src/compute/kernels/kernel_test.h"

namespace tessera::compute::kernels {
namespace {

void transform(const Kernel& kernel, GuardedRows<float>& rows) {
  HadamardParams params;
  params.data = rows.data();
  params.stride = rows.stride();
  params.rows = rows.rows();
  params.columns = rows.columns();
  run_named(kernel, params);
  EXPECT_TRUE(rows.is_guarded()) << kernel.name << " wrote outside " << params.columns;
}

TEST(HadamardKernels, EveryVariantAgreesBitForBit) {
  int compared = 0;
  const Kernel& oracle = force(HadamardParams::kOp, "scalar");
  for (int columns = 1; columns <= 2048; columns *= 2) {
    const std::vector<NamedRow> rows = hard_rows(columns);
    GuardedRows<float> expected = stack(rows, 3);
    transform(oracle, expected);
    for (const Kernel* kernel : runnable(HadamardParams::kOp)) {
      if (kernel == &oracle) continue;
      ASSERT_STREQ(kernel->exact_with, "scalar") << kernel->name;
      GuardedRows<float> found = stack(rows, 3);
      transform(*kernel, found);
      EXPECT_TRUE(same_bits(found, expected)) << kernel->name << ", " << columns << " columns";
      ++compared;
    }
  }
  if (runnable(HadamardParams::kOp).size() > 1) {
    EXPECT_GT(compared, 0) << "nothing was compared";
  }
}

// A number passes log2 n additions and the product, of which the factor has two roundings; what it
// passes is at most the sum of the magnitudes. The product of denormals has an absolute rounding.
TEST(HadamardKernels, TheOracleIsTheMatrix) {
  for (unsigned columns = 1; columns <= 512; columns *= 2) {
    const std::vector<NamedRow> rows = hard_rows(static_cast<int>(columns));
    GuardedRows<float> found = stack(rows, 3);
    transform(force(HadamardParams::kOp, "scalar"), found);
    const double roundings = std::countr_zero(columns) + 3;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      double size = 0;
      for (const float x : rows[row].values) size += std::abs(x) / std::sqrt(columns);
      for (unsigned i = 0; i < columns; ++i) {
        double expected = 0;
        for (unsigned j = 0; j < columns; ++j) {
          expected += (std::popcount(i & j) % 2 == 0 ? 1 : -1) * double{rows[row].values[j]};
        }
        expected /= std::sqrt(columns);
        ASSERT_NEAR(found.row(row)[i], expected, roundings * kRounding * size + 0x1p-149)
            << rows[row].name << ", column " << i;
      }
    }
  }
}

TEST(HadamardKernels, TwiceIsTheIdentity) {
  for (const Kernel* kernel : runnable(HadamardParams::kOp)) {
    const NamedRow row = hard_rows(512).front();
    GuardedRows<float> found = stack({row}, 3);
    transform(*kernel, found);
    transform(*kernel, found);
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      ASSERT_NEAR(found.row(0)[i], row.values[i], 1e-5) << kernel->name << ", column " << i;
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
