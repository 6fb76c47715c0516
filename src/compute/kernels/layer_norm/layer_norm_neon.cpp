// The corrected two-pass algorithm (Chan, Golub and LeVeque 1983) in float32: the sums of the
// distances from a mean that is only nearly right tell by how much it is wrong, and correct both
// mean and variance. So rows with a large offset lose nothing.
#include <arm_neon.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/layer_norm/layer_norm_inl.h"
#include "src/compute/kernels/math_neon_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kStep = 4 * kNeonSums;

float sum_of(const float* in, int columns) {
  NeonSums sums = no_sums();
  int i = 0;
  for (; i + kStep <= columns; i += kStep) {
#pragma GCC unroll 8
    for (int j = 0; j < kNeonSums; ++j) {
      sums.x[j] = vaddq_f32(sums.x[j], vld1q_f32(in + i + 4 * j));
    }
  }
  for (; i < columns; i += 4) {
    sums.x[0] = vaddq_f32(sums.x[0], load_few(in + i, columns - i, 0));
  }
  return total(sums);
}

Distances distances_from(const float* in, int columns, float mean) {
  const float32x4_t center = vdupq_n_f32(mean);
  NeonSums sums = no_sums(), squares = no_sums();
  int i = 0;
  for (; i + kStep <= columns; i += kStep) {
#pragma GCC unroll 8
    for (int j = 0; j < kNeonSums; ++j) {
      const float32x4_t d = vsubq_f32(vld1q_f32(in + i + 4 * j), center);
      sums.x[j] = vaddq_f32(sums.x[j], d);
      squares.x[j] = vfmaq_f32(squares.x[j], d, d);
    }
  }
  for (; i < columns; i += 4) {
    const float32x4_t d = vsubq_f32(load_few(in + i, columns - i, mean), center);
    sums.x[0] = vaddq_f32(sums.x[0], d);
    squares.x[0] = vfmaq_f32(squares.x[0], d, d);
  }
  return {total(sums), total(squares)};
}

}  // namespace

const char* layer_norm_neon(const LayerNormParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const float* in = p.in + row * p.in_stride;
    float* out = p.out + row * p.out_stride;
    const float rough_mean = sum_of(in, p.columns) / static_cast<float>(p.columns);
    const RowStatistics row_is =
        correct(distances_from(in, p.columns, rough_mean), p.columns, p.epsilon);
    const float32x4_t center = vdupq_n_f32(rough_mean);
    const float32x4_t rest = vdupq_n_f32(row_is.mean);
    int i = 0;
    for (; i + 4 <= p.columns; i += 4) {
      const float32x4_t d = vsubq_f32(vsubq_f32(vld1q_f32(in + i), center), rest);
      vst1q_f32(out + i, vfmaq_f32(vld1q_f32(p.beta + i), vmulq_n_f32(d, row_is.scale),
                                   vld1q_f32(p.gamma + i)));
    }
    for (; i < p.columns; ++i) {
      out[i] = (in[i] - rough_mean - row_is.mean) * row_is.scale * p.gamma[i] + p.beta[i];
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
