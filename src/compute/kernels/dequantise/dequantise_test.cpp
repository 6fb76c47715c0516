// Every variant of dequantise in the list: a product of two float32 has one right answer.
#include <cfloat>

#include "src/compute/kernels/kernel_test.h"

namespace tessera::compute::kernels {
namespace {

TEST(DequantiseKernels, EveryVariantIsExact) {
  const std::vector<float> scales = {1, 0.0123f, 3e-39f, FLT_MAX / 128, 0, -2.5f};
  for (const Kernel* kernel : runnable(DequantiseParams::kOp)) {
    for (const int columns : row_lengths()) {
      GuardedRows<std::int8_t> in(scales.size(), columns, 3);
      GuardedRows<float> out(scales.size(), columns, 5), expected(scales.size(), columns, 5);
      for (std::size_t row = 0; row < scales.size(); ++row) {
        for (int i = 0; i < columns; ++i) {
          in.row(row)[i] = static_cast<std::int8_t>((i * 37 + static_cast<int>(row)) % 256 - 128);
          // In float64 the product is exact; it is rounded once.
          expected.row(row)[i] = static_cast<float>(double{scales[row]} * in.row(row)[i]);
        }
      }
      DequantiseParams params;
      params.in = in.data();
      params.in_stride = in.stride();
      params.scales = scales.data();
      params.out = out.data();
      params.out_stride = out.stride();
      params.rows = in.rows();
      params.columns = columns;
      run_named(*kernel, params);
      for (std::size_t row = 0; row < scales.size(); ++row) {
        for (int i = 0; i < columns; ++i) {
          ASSERT_EQ(out.row(row)[i], expected.row(row)[i])
              << kernel->name << ", " << columns << " columns, scale " << scales[row];
        }
      }
      EXPECT_TRUE(out.is_guarded()) << kernel->name << " wrote outside " << columns << " columns";
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
