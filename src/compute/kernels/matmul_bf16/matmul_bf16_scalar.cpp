// The reference: products summed in float64, rounded once at the end.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

float widen(std::uint16_t bits) {
  const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
  float value;
  __builtin_memcpy(&value, &wide, sizeof value);
  return value;
}

}  // namespace

const char* matmul_bf16_scalar(const MatmulBf16Params& p) noexcept {
  const std::ptrdiff_t groups = (p.k + 1) / 2;
  for (int row = 0; row < p.m; ++row) {
    for (int column = 0; column < p.n; ++column) {
      const std::uint16_t* b =
          p.b + column / kPanelColumns * groups * kPanelColumns * 2 + column % kPanelColumns * 2;
      double sum = 0;
      for (int i = 0; i < p.k; ++i) {
        sum += static_cast<double>(widen(p.a[row * p.a_stride + i])) *
               widen(b[i / 2 * kPanelColumns * 2 + i % 2]);
      }
      p.c[row * p.c_stride + column] = static_cast<float>(sum);
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
