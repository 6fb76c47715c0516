// The dot product of Armv8.2's dot-product extension for the lane_* kernels.
#pragma once

#include <arm_neon.h>

#include <cstdint>

namespace tessera::compute::kernels {
namespace {

/// Of unsigned and signed bytes, by sdot: with `IsCentred` unsigned bytes are around 128, which is
/// taken off by turning their first bit; else they are below 128.
template <bool IsCentred>
struct DotBytes {
  using Sum = int32x4_t;
  static constexpr int kMost = 127;
  static constexpr bool kIsCentred = IsCentred;
  static void add(int32x4_t& sum, int32x4_t x, int32x4_t weight) {
    if constexpr (IsCentred) x = veorq_s32(x, vdupq_n_s32(INT32_C(-0x7f7f7f80)));
    // In this order: else GCC 12 loads weights long before their products, and spills sums for
    // them.
    asm volatile("sdot %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(x), "w"(weight));
  }
};

/// Of unsigned bytes of all 8 bits and signed ones: the unsigned ones less 128, and 128 times the
/// signed ones.
struct DotFullBytes {
  using Sum = int32x4_t;
  static void add(int32x4_t& sum, int32x4_t x, int32x4_t weight) {
    const int8x16_t ones = vdupq_n_s8(1);
    const int32x4_t bytes = vdotq_s32(vdupq_n_s32(0), vreinterpretq_s8_s32(weight), ones);
    sum = vaddq_s32(sum, vshlq_n_s32(bytes, 7));
    DotBytes<true>::add(sum, x, weight);
  }
};

}  // namespace
}  // namespace tessera::compute::kernels
