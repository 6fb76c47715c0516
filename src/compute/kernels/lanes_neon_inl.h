// Lanes of Advanced SIMD (see lanes_avx512_inl.h).
#pragma once

#include <arm_neon.h>

#include "src/compute/kernels/lane_abi.h"
#include "src/compute/kernels/lane_exp_table_inl.h"
#include "src/compute/kernels/math_neon_inl.h"

namespace tessera::compute::kernels {
namespace {

/// With `Registers` of tokens times 8 channels at a time. Three where a product takes one
/// instruction: 24 sums, 3 inputs and a weight of the 32 registers. Two where it needs some of its
/// own.
template <int Registers>
struct LanesNeon {
  static constexpr int kLanes = 4;
  static constexpr int kRegisters = Registers;
  static constexpr int kChannels = 8;

  using Floats = float32x4_t;
  using Ints = int32x4_t;

  static Floats load(const float* p) { return vld1q_f32(p); }
  static void store(float* p, Floats x) { vst1q_f32(p, x); }
  static Floats all(float x) { return vdupq_n_f32(x); }
  static Floats add(Floats a, Floats b) { return vaddq_f32(a, b); }
  static Floats subtract(Floats a, Floats b) { return vsubq_f32(a, b); }
  static Floats multiply(Floats a, Floats b) { return vmulq_f32(a, b); }
  static Floats divide(Floats a, Floats b) { return vdivq_f32(a, b); }
  static Floats multiply_add(Floats a, Floats b, Floats c) { return vfmaq_f32(c, a, b); }
  static Floats max(Floats a, Floats b) { return vmaxq_f32(a, b); }
  static Floats min(Floats a, Floats b) { return vminq_f32(a, b); }
  static Floats size(Floats a) { return vabsq_f32(a); }
  static Floats root(Floats a) { return vsqrtq_f32(a); }

  static Ints load_ints(const void* p) { return vld1q_s32(static_cast<const std::int32_t*>(p)); }
  static void store_ints(void* p, Ints x) { vst1q_s32(static_cast<std::int32_t*>(p), x); }
  static Ints load_all(const std::int32_t* p) { return vld1q_dup_s32(p); }
  static Ints all_ints(std::int32_t x) { return vdupq_n_s32(x); }
  static Ints add_ints(Ints a, Ints b) { return vaddq_s32(a, b); }
  static Ints multiply_ints(Ints a, Ints b) { return vmulq_s32(a, b); }
  static Ints round(Floats x) { return vcvtnq_s32_f32(x); }
  static Floats to_floats(Ints x) { return vcvtq_f32_s32(x); }
  static Floats as_floats(Ints x) { return vreinterpretq_f32_s32(x); }

  static Ints pack_bytes(const Ints (&x)[4]) {
    return vsliq_n_s32(vsliq_n_s32(x[0], x[1], 8), vsliq_n_s32(x[2], x[3], 8), 16);
  }
  static Ints pack_small(const Ints (&x)[4]) { return pack_bytes(x); }
  static Ints pack_bf16(Floats a, Floats b) {
    return vreinterpretq_s32_u32(vsriq_n_u32(rounded_bf16(b), rounded_bf16(a), 16));
  }
  static void narrow_to_bytes(const float* x, float scale, std::uint8_t* out) {
    for (int i = 0; i < kBlockTokens; i += 2 * kLanes) {
      const int16x4_t a = vqmovn_s32(round(vmulq_n_f32(load(x + i), scale)));
      const int16x4_t b = vqmovn_s32(round(vmulq_n_f32(load(x + i + kLanes), scale)));
      vst1_u8(out + i, vreinterpret_u8_s8(vqmovn_s16(vcombine_s16(a, b))));
    }
  }
  static void narrow_to_bf16(const float* x, std::uint8_t* out) {
    for (int i = 0; i < kBlockTokens; i += kLanes) {
      vst1_u8(out + 2 * i, vreinterpret_u8_u16(vshrn_n_u32(rounded_bf16(load(x + i)), 16)));
    }
  }

  template <int N>
  static Floats exp2(Floats x, const float (&coefficients)[N]) {
    const float32x4_t end = all(-126);  // 2^-126 is the smallest normal number
    const uint32x4_t is_zero = vcltq_f32(x, end);
    x = max(x, end);
    const float32x4_t n = vrndnq_f32(x);
    const float32x4_t f = subtract(x, n);
    float32x4_t y = all(coefficients[0]);
#pragma GCC unroll 8
    for (int i = 1; i < N; ++i) y = multiply_add(y, f, all(coefficients[i]));
    const int32x4_t exponent = vshlq_n_s32(vcvtq_s32_f32(n), 23);
    const int32x4_t bits = vaddq_s32(vreinterpretq_s32_f32(y), exponent);
    return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_s32(bits), is_zero));
  }
  template <int N>
  static void gelu(Floats (&x)[N]) {
    for (Floats& value : x) value = gelu_of(value);
  }

  /// Looked up in four parts of four registers.
  template <int kMost>
  class ByteWeights {
   public:
    static constexpr float kSteps = kExpSteps;
    static constexpr int kRegisters = 1;

    Ints from(const Floats (&steps)[4]) const {
      Ints indices[4];
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) indices[i] = round(min(steps[i], all(255.0f)));
      const uint8x16_t index = vreinterpretq_u8_s32(pack_small(indices));
      // What is beyond a part gives 0 or leaves the byte as it is.
      uint8x16_t found = vqtbl4q_u8(parts_[0], index);
      found = vqtbx4q_u8(found, parts_[1], vsubq_u8(index, vdupq_n_u8(64)));
      found = vqtbx4q_u8(found, parts_[2], vsubq_u8(index, vdupq_n_u8(128)));
      found = vqtbx4q_u8(found, parts_[3], vsubq_u8(index, vdupq_n_u8(192)));
      return vreinterpretq_s32_u8(found);
    }

   private:
    static uint8x16x4_t part(int first) {
      const std::uint8_t* bytes = kExpBytes<kMost>.bytes + first;
      return {vld1q_u8(bytes), vld1q_u8(bytes + 16), vld1q_u8(bytes + 32), vld1q_u8(bytes + 48)};
    }
    uint8x16x4_t parts_[4] = {part(0), part(64), part(128), part(192)};
  };

 private:
  // As lanes_avx512_inl.h: ties go to even.
  static uint32x4_t rounded_bf16(Floats x) {
    const uint32x4_t bits = vreinterpretq_u32_f32(x);
    const uint32x4_t odd = vandq_u32(vshrq_n_u32(bits, 16), vdupq_n_u32(1));
    return vaddq_u32(bits, vaddq_u32(odd, vdupq_n_u32(0x7fff)));
  }
};

}  // namespace
}  // namespace tessera::compute::kernels
