// The oracle: the C library's erfc in float64, rounded once.
#include <cmath>

#include "src/compute/dtype.h"
#include "src/compute/kernels/bf16_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* gelu_bf16_scalar(const GeluBf16Params& p) noexcept {
  for (std::ptrdiff_t i = 0; i < p.count; ++i) {
    const auto x = static_cast<double>(bf16_to_f32(p.in[i]));
    const double value = 0.5 * x * std::erfc(-x * std::sqrt(0.5));
    p.out[i] = f32_to_bf16(static_cast<float>(value));
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
