// Lanes of AVX2 with FMA (see lanes_avx512_inl.h), for avx_vnni too.
#pragma once

#include <immintrin.h>

#include "src/compute/kernels/lane_abi.h"
#include "src/compute/kernels/math_avx2_inl.h"

namespace tessera::compute::kernels {
namespace {

/// With `Registers` of tokens times 4 channels at a time. Three where a product takes one
/// instruction: 12 sums, which cover its latency, 3 inputs and a weight are the 16 registers. Two
/// where it needs registers of its own.
template <int Registers>
struct LanesAvx2 {
  static constexpr int kLanes = 8;
  static constexpr int kRegisters = Registers;
  static constexpr int kChannels = 4;

  using Floats = __m256;
  using Ints = __m256i;

  static Floats load(const float* p) { return _mm256_loadu_ps(p); }
  static void store(float* p, Floats x) { _mm256_storeu_ps(p, x); }
  static Floats all(float x) { return _mm256_set1_ps(x); }
  static Floats add(Floats a, Floats b) { return _mm256_add_ps(a, b); }
  static Floats subtract(Floats a, Floats b) { return _mm256_sub_ps(a, b); }
  static Floats multiply(Floats a, Floats b) { return _mm256_mul_ps(a, b); }
  static Floats divide(Floats a, Floats b) { return _mm256_div_ps(a, b); }
  static Floats multiply_add(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }
  static Floats max(Floats a, Floats b) { return _mm256_max_ps(a, b); }
  static Floats min(Floats a, Floats b) { return _mm256_min_ps(a, b); }
  static Floats size(Floats a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
  static Floats root(Floats a) { return _mm256_sqrt_ps(a); }

  static Ints load_ints(const void* p) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(p));
  }
  static void store_ints(void* p, Ints x) { _mm256_storeu_si256(static_cast<__m256i*>(p), x); }
  static Ints load_all(const std::int32_t* p) { return _mm256_set1_epi32(*p); }
  static Ints all_ints(std::int32_t x) { return _mm256_set1_epi32(x); }
  static Ints add_ints(Ints a, Ints b) { return _mm256_add_epi32(a, b); }
  static Ints multiply_ints(Ints a, Ints b) { return _mm256_mullo_epi32(a, b); }
  static Ints round(Floats x) { return _mm256_cvtps_epi32(x); }
  static Floats to_floats(Ints x) { return _mm256_cvtepi32_ps(x); }
  static Floats as_floats(Ints x) { return _mm256_castsi256_ps(x); }

  static Ints pack_bytes(const Ints (&x)[4]) {
    const __m256i low = _mm256_set1_epi32(0xff);
    const Ints small[4] = {_mm256_and_si256(x[0], low), _mm256_and_si256(x[1], low),
                           _mm256_and_si256(x[2], low), x[3]};
    return pack_small(small);
  }
  static Ints pack_small(const Ints (&x)[4]) {
    const __m256i a = _mm256_or_si256(x[0], _mm256_slli_epi32(x[1], 8));
    const __m256i b = _mm256_or_si256(x[2], _mm256_slli_epi32(x[3], 8));
    return _mm256_or_si256(a, _mm256_slli_epi32(b, 16));
  }
  static Ints pack_bf16(Floats a, Floats b) {
    return _mm256_blend_epi16(upper_half(a), rounded_bf16(b), 0xaa);
  }
  static void narrow_to_bytes(const float* x, float scale, std::uint8_t* out) {
    for (int i = 0; i < kBlockTokens; i += 2 * kLanes) {
      const __m256i a = round(multiply(load(x + i), all(scale)));
      const __m256i b = round(multiply(load(x + i + kLanes), all(scale)));
      // Packs work within halves of 128 bits: 4 of a, 4 of b, 4 of a, 4 of b.
      const __m256i words = _mm256_packs_epi32(a, b);
      const __m128i bytes =
          _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i),
                       _mm_shuffle_epi32(bytes, _MM_SHUFFLE(3, 1, 2, 0)));
    }
  }
  static void narrow_to_bf16(const float* x, std::uint8_t* out) {
    for (int i = 0; i < kBlockTokens; i += 2 * kLanes) {
      const __m256i words =
          _mm256_packus_epi32(upper_half(load(x + i)), upper_half(load(x + i + kLanes)));
      store_ints(out + 2 * i, _mm256_permute4x64_epi64(words, _MM_SHUFFLE(3, 1, 2, 0)));
    }
  }

  template <int N>
  static Floats exp2(Floats x, const float (&coefficients)[N]) {
    constexpr float kEnd = -126;  // 2^-126 is the smallest normal number
    // 1.5 * 2^23 + x rounds x to an integer, which is then in the lowest bits.
    const __m256 shift = _mm256_set1_ps(kSumAsFloatValue);
    const __m256 counts = _mm256_cmp_ps(x, _mm256_set1_ps(kEnd), _CMP_NLT_UQ);
    x = _mm256_max_ps(_mm256_set1_ps(kEnd), x);
    const __m256 shifted = _mm256_add_ps(x, shift);
    const __m256 f = _mm256_sub_ps(x, _mm256_sub_ps(shifted, shift));
    __m256 y = _mm256_set1_ps(coefficients[0]);
#pragma GCC unroll 8
    for (int i = 1; i < N; ++i) y = _mm256_fmadd_ps(y, f, _mm256_set1_ps(coefficients[i]));
    const __m256i exponent = _mm256_slli_epi32(_mm256_castps_si256(shifted), 23);
    const __m256i bits = _mm256_add_epi32(_mm256_castps_si256(y), exponent);
    return _mm256_and_ps(_mm256_castsi256_ps(bits), counts);
  }
  template <int N>
  static void gelu(Floats (&x)[N]) {
    kernels::gelu(x);
  }

  /// Computed in words of 16 bits, 16 weights to a register: a table of 256 bytes would take 16
  /// shuffles.
  template <int kMost>
  class ByteWeights {
   public:
    static constexpr float kSteps = 256;
    static constexpr int kRegisters = 1;  // with 9 constants

    static Ints from(const Floats (&steps)[4]) {
      __m256i words[4];
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) words[i] = round(min(steps[i], all(0xfff)));
      // Within each half of 128 bits: 4 queries of a key, then of the next.
      const __m256i ab = weights_of(_mm256_packus_epi32(words[0], words[1]));
      const __m256i cd = weights_of(_mm256_packus_epi32(words[2], words[3]));
      const __m256i by_query = _mm256_broadcastsi128_si256(
          _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
      return _mm256_shuffle_epi8(_mm256_packus_epi16(ab, cd), by_query);
    }

   private:
    // 2^-t is about 1 + slope t + square t^2 for 0 <= t <= 1, within 0.32 % of itself and exact at
    // 0, 1/2 and 1. In units of 1 / kUnits of a weight, as many as 15 bits hold.
    static constexpr int kUnits = kMost > 127 ? 128 : 256;
    static constexpr double kSquare = 3 - 4 * 0.70710678, kSlope = -0.5 - kSquare;
    static constexpr std::int16_t units(double x) {
      x *= kMost * kUnits;
      return static_cast<std::int16_t>(x < 0 ? x - 0.5 : x + 0.5);
    }

    static __m256i weights_of(__m256i steps) {
      const __m256i t =
          _mm256_and_si256(_mm256_slli_epi16(steps, 7), _mm256_set1_epi16(0x7fff));  // 15 bits
      __m256i y = _mm256_mulhrs_epi16(t, _mm256_set1_epi16(units(kSquare)));
      y = _mm256_mulhrs_epi16(t, _mm256_add_epi16(y, _mm256_set1_epi16(units(kSlope))));
      y = _mm256_add_epi16(y, _mm256_set1_epi16(units(1)));
      // 2^7 over the power of two, which is the upper byte of the steps.
      const __m256i powers = _mm256_broadcastsi128_si256(
          _mm_setr_epi8(static_cast<char>(128), 64, 32, 16, 8, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0));
      const __m256i index = _mm256_or_si256(_mm256_srli_epi16(steps, 8),
                                            _mm256_set1_epi16(-0x8000));  // gives a byte of zero
      __m256i power = _mm256_shuffle_epi8(powers, index);
      if constexpr (kUnits == 128) power = _mm256_add_epi16(power, power);
      return _mm256_mulhrs_epi16(y, power);
    }
  };

 private:
  static __m256i upper_half(Floats x) { return _mm256_srli_epi32(rounded_bf16(x), 16); }
  // As lanes_avx512_inl.h: ties go to even.
  static __m256i rounded_bf16(Floats x) {
    const __m256i bits = _mm256_castps_si256(x);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    return _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
  }
};

}  // namespace
}  // namespace tessera::compute::kernels
