// Lanes of AVX-512: the vocabulary in which the lane_* kernels are written once for all instruction
// sets. A variant file includes one lanes_*_inl.h and then the kernel's *_inl.h.
#pragma once

#include <immintrin.h>

#include "src/compute/kernels/lane_abi.h"
#include "src/compute/kernels/lane_exp_table_inl.h"
#include "src/compute/kernels/math_avx512_inl.h"

namespace tessera::compute::kernels {
namespace {

struct Lanes {
  static constexpr int kLanes = 16;
  /// Registers of tokens and channels that a product sums up at a time: 24 sums, 3 inputs and a
  /// weight of the 32 registers.
  static constexpr int kRegisters = 3;
  static constexpr int kChannels = 8;

  using Floats = __m512;
  using Ints = __m512i;

  static Floats load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, Floats x) { _mm512_storeu_ps(p, x); }
  static Floats all(float x) { return _mm512_set1_ps(x); }
  static Floats add(Floats a, Floats b) { return _mm512_add_ps(a, b); }
  static Floats subtract(Floats a, Floats b) { return _mm512_sub_ps(a, b); }
  static Floats multiply(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
  static Floats divide(Floats a, Floats b) { return _mm512_div_ps(a, b); }
  /// a b + c, rounded once.
  static Floats multiply_add(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
  static Floats max(Floats a, Floats b) { return _mm512_max_ps(a, b); }
  static Floats min(Floats a, Floats b) { return _mm512_min_ps(a, b); }
  static Floats size(Floats a) { return _mm512_abs_ps(a); }
  static Floats root(Floats a) { return _mm512_sqrt_ps(a); }

  static Ints load_ints(const void* p) { return _mm512_loadu_si512(p); }
  static void store_ints(void* p, Ints x) { _mm512_storeu_si512(p, x); }
  static Ints load_all(const std::int32_t* p) { return _mm512_set1_epi32(*p); }
  static Ints all_ints(std::int32_t x) { return _mm512_set1_epi32(x); }
  static Ints add_ints(Ints a, Ints b) { return _mm512_add_epi32(a, b); }
  static Ints multiply_ints(Ints a, Ints b) { return _mm512_mullo_epi32(a, b); }
  /// To nearest even.
  static Ints round(Floats x) { return _mm512_cvtps_epi32(x); }
  static Floats to_floats(Ints x) { return _mm512_cvtepi32_ps(x); }
  static Floats as_floats(Ints x) { return _mm512_castsi512_ps(x); }

  /// The low bytes of four registers in the bytes of one, the first lowest.
  static Ints pack_bytes(const Ints (&x)[4]) {
    const __m512i low = _mm512_set1_epi32(0xff);
    const Ints small[4] = {_mm512_and_si512(x[0], low), _mm512_and_si512(x[1], low),
                           _mm512_and_si512(x[2], low), x[3]};
    return pack_small(small);
  }
  /// The same of numbers from 0 to 255.
  static Ints pack_small(const Ints (&x)[4]) {
    const __m512i a = _mm512_or_si512(x[0], _mm512_slli_epi32(x[1], 8));
    const __m512i b = _mm512_or_si512(x[2], _mm512_slli_epi32(x[3], 8));
    return _mm512_or_si512(a, _mm512_slli_epi32(b, 16));
  }
  /// Two registers as bfloat16, rounded to nearest even, the first in the lower halves. Finite.
  static Ints pack_bf16(Floats a, Floats b) {
    return _mm512_mask_blend_epi16(0xaaaaaaaau, _mm512_srli_epi32(rounded_bf16(a), 16),
                                   rounded_bf16(b));
  }
  /// 48 floats times `scale` as signed bytes, and as bfloat16.
  static void narrow_to_bytes(const float* x, float scale, std::uint8_t* out) {
    for (int i = 0; i < kBlockTokens; i += kLanes) {
      const Ints rounded = round(multiply(load(x + i), all(scale)));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), _mm512_cvtsepi32_epi8(rounded));
    }
  }
  static void narrow_to_bf16(const float* x, std::uint8_t* out) {
    for (int i = 0; i < kBlockTokens; i += kLanes) {
      const Ints upper = _mm512_srli_epi32(rounded_bf16(load(x + i)), 16);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 2 * i), _mm512_cvtepi32_epi16(upper));
    }
  }

  /// 2^x within the error of the coefficients; 0 far below.
  template <int N>
  static Floats exp2(Floats x, const float (&coefficients)[N]) {
    const __m512 n = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const __m512 f = _mm512_sub_ps(x, n);
    __m512 y = _mm512_set1_ps(coefficients[0]);
#pragma GCC unroll 8
    for (int i = 1; i < N; ++i) y = _mm512_fmadd_ps(y, f, _mm512_set1_ps(coefficients[i]));
    return _mm512_scalef_ps(y, n);
  }
  template <int N>
  static void gelu(Floats (&x)[N]) {
    kernels::gelu(x);
  }

  /// Weights of attention as bytes, kMost for the best. Looked up: the table is in four registers.
  template <int kMost>
  class ByteWeights {
   public:
    /// In what a power of two is counted.
    static constexpr float kSteps = kExpSteps;
    /// Registers of queries at a time.
    static constexpr int kRegisters = 3;

    /// The weights of four keys in a dword, from how many steps their scores are below the best.
    Ints from(const Floats (&steps)[4]) const {
      Ints indices[4];
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) indices[i] = round(min(steps[i], all(255.0f)));
      return look_up(pack_small(indices));
    }

   private:
    Ints look_up(Ints indices) const {
      const __m512i low = _mm512_permutex2var_epi8(parts_[0], indices, parts_[1]);
      const __m512i high = _mm512_permutex2var_epi8(parts_[2], indices, parts_[3]);
      return _mm512_mask_blend_epi8(_mm512_movepi8_mask(indices), low, high);
    }

    static constexpr const std::uint8_t* kTable = kExpBytes<kMost>.bytes;
    Ints parts_[4] = {load_ints(kTable), load_ints(kTable + 64), load_ints(kTable + 128),
                      load_ints(kTable + 192)};
  };

 private:
  // Adds half of the last bit that stays, less one if that bit is 0, so that ties go to even.
  static __m512i rounded_bf16(Floats x) {
    const __m512i bits = _mm512_castps_si512(x);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    return _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  }
};

/// Four channels at a time, where a product needs registers of its own: 12 sums.
struct LanesOf4Channels : Lanes {
  static constexpr int kChannels = 4;
};

}  // namespace
}  // namespace tessera::compute::kernels
