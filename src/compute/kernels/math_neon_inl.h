// Functions of 4 numbers with Advanced SIMD, for variant files. Maximum and minimum of a NaN are
// NaN here, so that it is never hidden.
#pragma once

#include <arm_neon.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/math_constants_inl.h"

namespace tessera::compute::kernels {

/// exp(x) for x <= 0, within 1.2e-7 of itself down to exp(-87.33) = 1.19e-38, zero below.
static inline float32x4_t exp_nonpositive(float32x4_t x) {
  const float32x4_t end = vdupq_n_f32(kExpIsNormal);
  const uint32x4_t is_zero = vcltq_f32(x, end);
  x = vmaxq_f32(x, end);
  const float32x4_t n = vrndnq_f32(vmulq_n_f32(x, kLog2E));
  float32x4_t r = vfmsq_f32(x, n, vdupq_n_f32(kLn2High));
  r = vfmsq_f32(r, n, vdupq_n_f32(kLn2Low));
  float32x4_t y = vdupq_n_f32(kExp[0]);
  for (int c = 1; c < 7; ++c) y = vfmaq_f32(vdupq_n_f32(kExp[c]), r, y);
  // times 2^n: n is added to the exponent, which stays one of a normal number
  const int32x4_t exponent = vshlq_n_s32(vcvtq_s32_f32(n), 23);
  const int32x4_t bits = vaddq_s32(vreinterpretq_s32_f32(y), exponent);
  return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_s32(bits), is_zero));
}

/// x Phi(x) within 1.5e-7, besides the rounding of the result: as max(x, 0) less
/// |x| / 2 erfc(|x| / sqrt 2).
static inline float32x4_t gelu_of(float32x4_t x) {
  const float32x4_t a = vminq_f32(vabsq_f32(x), vdupq_n_f32(kGeluEnd));
  float32x4_t root = vdupq_n_f32(kErfcRoot[0]);
  for (int c = 1; c < 9; ++c) root = vfmaq_f32(vdupq_n_f32(kErfcRoot[c]), root, a);
  const float32x4_t square = vmulq_f32(root, root);
  const float32x4_t fourth = vmulq_f32(square, square);
  const float32x4_t half = vmulq_f32(vmulq_n_f32(a, 0.5f), fourth);
  return vfmsq_f32(vmaxq_f32(x, vdupq_n_f32(0)), half, fourth);
}

/// The first 4 of `count` numbers; `other` in the lanes that are left when there are fewer.
static inline float32x4_t load_few(const float* from, std::ptrdiff_t count, float other) {
  float x[4] = {other, other, other, other};
  for (std::ptrdiff_t i = 0; i < count && i < 4; ++i) x[i] = from[i];
  return vld1q_f32(x);
}

/// Stores the first 4 of `count` numbers, or as many as there are.
static inline void store_few(float* to, std::ptrdiff_t count, float32x4_t value) {
  float x[4];
  vst1q_f32(x, value);
  for (std::ptrdiff_t i = 0; i < count && i < 4; ++i) to[i] = x[i];
}

/// Accumulators of 4 lanes, so many that a long sum has as many lanes as on other machines.
constexpr int kNeonSums = 8;
struct NeonSums {
  float32x4_t x[kNeonSums];
};

static inline NeonSums no_sums() {
  NeonSums sums;
  for (int j = 0; j < kNeonSums; ++j) sums.x[j] = vdupq_n_f32(0);
  return sums;
}

static inline float total(const NeonSums& sums) {
  float32x4_t all = vaddq_f32(sums.x[0], sums.x[1]);
  for (int j = 2; j < kNeonSums; ++j) all = vaddq_f32(all, sums.x[j]);
  return vaddvq_f32(all);
}

}  // namespace tessera::compute::kernels
