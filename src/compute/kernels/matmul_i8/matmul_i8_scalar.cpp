// The oracle: plain loops over the packed matrix.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* matmul_i8_scalar(const MatmulI8Params& p) noexcept {
  const std::ptrdiff_t groups = (p.k + 3) / 4;
  for (int row = 0; row < p.m; ++row) {
    for (int column = 0; column < p.n; ++column) {
      const std::uint8_t* b =
          p.b + column / kPanelColumns * groups * kPanelColumns * 4 + column % kPanelColumns * 4;
      std::int32_t sum = 0;
      for (int i = 0; i < p.k; ++i) {
        sum += p.a[row * p.a_stride + i] * (b[i / 4 * kPanelColumns * 4 + i % 4] - 128);
      }
      p.c[row * p.c_stride + column] = sum;
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
