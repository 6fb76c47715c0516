// 2 to the exponent, as a whole number and a polynomial of the rest, of 8 numbers at a time.
#include <arm_neon.h>

#include "src/compute/kernels/exp_sum/exp_sum_inl.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/logits_abi.h"
#include "src/compute/kernels/math_neon_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRegisters = 4;

/// exp((x - shift) / ln 2 * factor) of each lane.
inline float64x2_t exp_of(float64x2_t x, float64x2_t shift, float64x2_t factor) {
  const float64x2_t to_whole = vdupq_n_f64(kRoundToWhole);
  const float64x2_t exponent = vmulq_f64(vsubq_f64(x, shift), factor);
  const float64x2_t whole = vaddq_f64(exponent, to_whole);
  const float64x2_t rest = vsubq_f64(exponent, vsubq_f64(whole, to_whole));
  float64x2_t y = vdupq_n_f64(kExp2Double[0]);
#pragma GCC unroll 10
  for (int c = 1; c < kExp2DoubleTerms; ++c) y = vfmaq_f64(vdupq_n_f64(kExp2Double[c]), y, rest);
  // times 2^whole: it is added to the exponent, which stays one of a normal number where it counts
  const int64x2_t shifted = vshlq_n_s64(vreinterpretq_s64_f64(whole), 52);
  const int64x2_t bits = vaddq_s64(vreinterpretq_s64_f64(y), shifted);
  const uint64x2_t counts = vcgtq_f64(exponent, vdupq_n_f64(kLeastExponent));
  return vreinterpretq_f64_u64(vandq_u64(vreinterpretq_u64_s64(bits), counts));
}

}  // namespace

const char* exp_sum_neon(const ExpSumParams& p) noexcept {
  const float64x2_t shift = vdupq_n_f64(p.shift);
  const float64x2_t factor = vdupq_n_f64(p.scale * kLog2EDouble);
  float64x2_t sums[kRegisters];
#pragma GCC unroll 4
  for (int j = 0; j < kRegisters; ++j) sums[j] = vdupq_n_f64(0);
  std::ptrdiff_t i = 0;
  for (; i + 2 * kRegisters <= p.count; i += 2 * kRegisters) {
#pragma GCC unroll 4
    for (int j = 0; j < kRegisters; j += 2) {
      const float32x4_t x = vld1q_f32(p.in + i + 2 * j);
      const float64x2_t low = vcvt_f64_f32(vget_low_f32(x));
      sums[j] = vaddq_f64(sums[j], exp_of(low, shift, factor));
      sums[j + 1] = vaddq_f64(sums[j + 1], exp_of(vcvt_high_f64_f32(x), shift, factor));
    }
  }
  for (; i < p.count; i += 4) {
    const float32x4_t x = load_few(p.in + i, p.count - i, -__builtin_inff());
    const float64x2_t low = vcvt_f64_f32(vget_low_f32(x));
    sums[0] = vaddq_f64(sums[0], exp_of(low, shift, factor));
    sums[1] = vaddq_f64(sums[1], exp_of(vcvt_high_f64_f32(x), shift, factor));
  }
  float64x2_t all = sums[0];
  for (int j = 1; j < kRegisters; ++j) all = vaddq_f64(all, sums[j]);
  *p.sum = vaddvq_f64(all);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
