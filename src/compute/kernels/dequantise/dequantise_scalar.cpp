// The oracle: plain loops.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* dequantise_scalar(const DequantiseParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const std::int8_t* in = p.in + row * p.in_stride;
    float* out = p.out + row * p.out_stride;
    for (int i = 0; i < p.columns; ++i) out[i] = static_cast<float>(in[i]) * p.scales[row];
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
