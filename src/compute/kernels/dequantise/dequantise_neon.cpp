// 8 columns at a time.
#include <arm_neon.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* dequantise_neon(const DequantiseParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const std::int8_t* in = p.in + row * p.in_stride;
    float* out = p.out + row * p.out_stride;
    const float scale = p.scales[row];
    int i = 0;
    for (; i + 8 <= p.columns; i += 8) {
      const int16x8_t x = vmovl_s8(vld1_s8(in + i));
      const float32x4_t low = vcvtq_f32_s32(vmovl_s16(vget_low_s16(x)));
      const float32x4_t high = vcvtq_f32_s32(vmovl_s16(vget_high_s16(x)));
      vst1q_f32(out + i, vmulq_n_f32(low, scale));
      vst1q_f32(out + i + 4, vmulq_n_f32(high, scale));
    }
    for (; i < p.columns; ++i) out[i] = static_cast<float>(in[i]) * scale;
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
