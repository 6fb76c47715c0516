// The oracle: plain loops with float64 sums.
#include <math.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* layer_norm_scalar(const LayerNormParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const float* in = p.in + row * p.in_stride;
    float* out = p.out + row * p.out_stride;
    double mean = 0, variance = 0;
    for (int i = 0; i < p.columns; ++i) mean += in[i];
    mean /= p.columns;
    for (int i = 0; i < p.columns; ++i) variance += (in[i] - mean) * (in[i] - mean);
    const double scale = 1 / sqrt(variance / p.columns + p.epsilon);
    for (int i = 0; i < p.columns; ++i) {
      out[i] = static_cast<float>((in[i] - mean) * scale * p.gamma[i] + p.beta[i]);
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
