// The oracle: plain loops.
#include <math.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/quantise/quantise_inl.h"

namespace tessera::compute::kernels {

const char* quantise_scalar(const QuantiseParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const float* in = p.in + row * p.in_stride;
    std::int8_t* out = p.out + row * p.out_stride;
    float largest = 0;
    for (int i = 0; i < p.columns; ++i) {
      const float size = fabsf(in[i]);
      if (size > largest) largest = size;
    }
    const float scale = scale_of_row(largest);
    const float reciprocal = 1.0f / scale;
    for (int i = 0; i < p.columns; ++i)
      out[i] = static_cast<std::int8_t>(rintf(in[i] * reciprocal));
    p.scales[row] = scale;
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
