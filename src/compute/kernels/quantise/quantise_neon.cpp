// The largest magnitude of a row, then 8 columns at a time to bytes.
#include <arm_neon.h>
#include <math.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/quantise/quantise_inl.h"

namespace tessera::compute::kernels {

const char* quantise_neon(const QuantiseParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const float* in = p.in + row * p.in_stride;
    std::int8_t* out = p.out + row * p.out_stride;
    float32x4_t sizes = vdupq_n_f32(0);
    int i = 0;
    for (; i + 4 <= p.columns; i += 4) sizes = vmaxq_f32(sizes, vabsq_f32(vld1q_f32(in + i)));
    float largest = vmaxvq_f32(sizes);
    for (; i < p.columns; ++i) largest = fmaxf(largest, fabsf(in[i]));
    const float scale = scale_of_row(largest);
    const float reciprocal = 1.0f / scale;
    i = 0;
    for (; i + 8 <= p.columns; i += 8) {
      const int32x4_t low = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(in + i), reciprocal));
      const int32x4_t high = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(in + i + 4), reciprocal));
      vst1_s8(out + i, vqmovn_s16(vcombine_s16(vqmovn_s32(low), vqmovn_s32(high))));
    }
    for (; i < p.columns; ++i) out[i] = static_cast<std::int8_t>(rintf(in[i] * reciprocal));
    p.scales[row] = scale;
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
