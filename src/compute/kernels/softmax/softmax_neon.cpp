// Three passes over a row: the maximum; exp, stored, and its sum; the product with the sum's
// reciprocal.
#include <arm_neon.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/math_neon_inl.h"

namespace tessera::compute::kernels {
namespace {

float largest_of(const float* in, int columns) {
  float32x4_t largest = vdupq_n_f32(-__builtin_inff());
  int i = 0;
  for (; i + 4 <= columns; i += 4) largest = vmaxq_f32(largest, vld1q_f32(in + i));
  if (i < columns) {
    largest = vmaxq_f32(largest, load_few(in + i, columns - i, -__builtin_inff()));
  }
  return vmaxvq_f32(largest);
}

// out = exp(in - largest); returns the sum.
float exp_and_sum(const float* in, float* out, int columns, float largest) {
  const float32x4_t shift = vdupq_n_f32(largest);
  NeonSums sums = no_sums();
  int i = 0;
  for (; i + 4 * kNeonSums <= columns; i += 4 * kNeonSums) {
#pragma GCC unroll 8
    for (int j = 0; j < kNeonSums; ++j) {
      const float32x4_t y = exp_nonpositive(vsubq_f32(vld1q_f32(in + i + 4 * j), shift));
      vst1q_f32(out + i + 4 * j, y);
      sums.x[j] = vaddq_f32(sums.x[j], y);
    }
  }
  for (; i < columns; i += 4) {
    const float32x4_t x = load_few(in + i, columns - i, -__builtin_inff());
    const float32x4_t y = exp_nonpositive(vsubq_f32(x, shift));
    store_few(out + i, columns - i, y);
    sums.x[0] = vaddq_f32(sums.x[0], y);
  }
  return total(sums);
}

}  // namespace

const char* softmax_neon(const SoftmaxParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const float* in = p.in + row * p.in_stride;
    float* out = p.out + row * p.out_stride;
    const float factor = 1 / exp_and_sum(in, out, p.columns, largest_of(in, p.columns));
    int i = 0;
    for (; i + 4 <= p.columns; i += 4) vst1q_f32(out + i, vmulq_n_f32(vld1q_f32(out + i), factor));
    for (; i < p.columns; ++i) out[i] *= factor;
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
