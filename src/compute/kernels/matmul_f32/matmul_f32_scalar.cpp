// The reference: products summed in float64, rounded once at the end.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* matmul_f32_scalar(const MatmulF32Params& p) noexcept {
  for (int row = 0; row < p.m; ++row) {
    for (int column = 0; column < p.n; ++column) {
      const float* b = p.b +
                       static_cast<std::ptrdiff_t>(column / kPanelColumns) * p.k * kPanelColumns +
                       column % kPanelColumns;
      double sum = 0;
      for (int i = 0; i < p.k; ++i) {
        sum += static_cast<double>(p.a[row * p.a_stride + i]) *
               b[static_cast<std::ptrdiff_t>(i) * kPanelColumns];
      }
      p.c[row * p.c_stride + column] = static_cast<float>(sum);
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
