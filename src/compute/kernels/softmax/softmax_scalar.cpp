// The oracle: plain loops with the C library's exp, the sum in float64.
#include <math.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* softmax_scalar(const SoftmaxParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const float* in = p.in + row * p.in_stride;
    float* out = p.out + row * p.out_stride;
    float largest = -HUGE_VALF;
    for (int i = 0; i < p.columns; ++i) {
      if (in[i] > largest) largest = in[i];
    }
    double sum = 0;
    for (int i = 0; i < p.columns; ++i) {
      out[i] = expf(in[i] - largest);
      sum += out[i];
    }
    const auto factor = static_cast<float>(1 / sum);
    for (int i = 0; i < p.columns; ++i) out[i] *= factor;
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
