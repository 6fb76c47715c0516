// The dot products of Advanced SIMD for the lane_* kernels.
#pragma once

#include <arm_neon.h>

#include <cstdint>

namespace tessera::compute::kernels {
namespace {

/// Of unsigned and signed bytes, by products of signed ones: with `IsCentred` unsigned bytes are
/// around 128, which is taken off by turning their first bit; else they are below 128. Two products
/// fit in 16 bits, since signed bytes are from -127: 2 x 128 x 127 at most.
template <bool IsCentred>
struct DotBytes {
  using Sum = int32x4_t;
  static constexpr int kMost = 127;
  static constexpr bool kIsCentred = IsCentred;
  static void add(int32x4_t& sum, int32x4_t x, int32x4_t weight) {
    if constexpr (IsCentred) x = veorq_s32(x, vdupq_n_s32(INT32_C(-0x7f7f7f80)));
    const int8x16_t a = vreinterpretq_s8_s32(x), b = vreinterpretq_s8_s32(weight);
    const int16x8_t low = vmull_s8(vget_low_s8(a), vget_low_s8(b));
    const int16x8_t high = vmull_high_s8(a, b);
    sum = vpadalq_s16(sum, vpaddq_s16(low, high));
  }
};

/// Of unsigned bytes of all 8 bits and signed ones: the unsigned ones less 128, by turning their
/// first bit, and 128 times the signed one. A product fits in 16 bits: 255 x 127 at most.
struct DotFullBytes {
  using Sum = int32x4_t;
  static void add(int32x4_t& sum, int32x4_t x, int32x4_t weight) {
    const int8x16_t a = vreinterpretq_s8_s32(veorq_s32(x, vdupq_n_s32(INT32_C(-0x7f7f7f80))));
    const int8x16_t b = vreinterpretq_s8_s32(weight);
    const int16x8_t low = vmlal_s8(vshll_n_s8(vget_low_s8(b), 7), vget_low_s8(a), vget_low_s8(b));
    const int16x8_t high = vmlal_high_s8(vshll_high_n_s8(b, 7), a, b);
    // Sums of 32 bits of the four of a dword: two pairs of either half.
    sum = vaddq_s32(sum, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)));
  }
};

/// Of pairs of bfloat16, which are the upper halves of floats. The second first, as vdpbf16ps.
struct DotBf16 {
  using Sum = float32x4_t;
  static void add(float32x4_t& sum, int32x4_t x, int32x4_t weight) {
    sum = vfmaq_f32(sum, second(x), second(weight));
    sum = vfmaq_f32(sum, first(x), first(weight));
  }

 private:
  static float32x4_t first(int32x4_t pairs) {
    return vreinterpretq_f32_s32(vshlq_n_s32(pairs, 16));
  }
  static float32x4_t second(int32x4_t pairs) {
    return vreinterpretq_f32_s32(vandq_s32(pairs, vdupq_n_s32(-65536)));
  }
};

}  // namespace
}  // namespace tessera::compute::kernels
