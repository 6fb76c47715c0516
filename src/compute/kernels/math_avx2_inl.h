// Functions of 8 numbers with AVX2 and FMA, for variant files. `static`: each file has its own,
// compiled for its instruction set. maxps and minps give their second operand where one is not a
// number: the order of operands below lets NaN through.
#pragma once

#include <immintrin.h>

#include "src/compute/kernels/math_constants_inl.h"

namespace tessera::compute::kernels {

/// The first `count` lanes as vmaskmovps wants them: all where there are 8 or more.
static inline __m256i lanes_of(int count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/// `x` in the chosen lanes, `other` in the rest.
static inline __m256 choose(__m256i lanes, __m256 x, __m256 other) {
  return _mm256_blendv_ps(other, x, _mm256_castsi256_ps(lanes));
}

static inline float max_of_lanes(__m256 x) {
  __m128 m = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  m = _mm_max_ps(m, _mm_movehl_ps(m, m));
  return _mm_cvtss_f32(_mm_max_ss(m, _mm_movehdup_ps(m)));
}

static inline float sum_of_lanes(__m256 x) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

/// x = exp(x) for x <= 0, within 1.2e-7 of itself down to exp(-87.33) = 1.19e-38, zero below.
/// Step by step for all registers, because GCC leaves each chain of dependent instructions in one
/// piece.
template <int N>
static inline void exp_nonpositive(__m256 (&x)[N]) {
  const __m256 end = _mm256_set1_ps(kExpIsNormal);
  __m256 n[N], r[N], is_normal[N];
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) {
    is_normal[i] = _mm256_cmp_ps(x[i], end, _CMP_NLT_UQ);
    x[i] = _mm256_max_ps(end, x[i]);
    n[i] = _mm256_round_ps(_mm256_mul_ps(x[i], _mm256_set1_ps(kLog2E)),
                           _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) r[i] = _mm256_fnmadd_ps(n[i], _mm256_set1_ps(kLn2High), x[i]);
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) r[i] = _mm256_fnmadd_ps(n[i], _mm256_set1_ps(kLn2Low), r[i]);
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) x[i] = _mm256_set1_ps(kExp[0]);
#pragma GCC unroll 6
  for (int c = 1; c < 7; ++c) {
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) x[i] = _mm256_fmadd_ps(r[i], x[i], _mm256_set1_ps(kExp[c]));
  }
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) {
    // times 2^n: n is added to the exponent, which stays one of a normal number
    const __m256i exponent = _mm256_slli_epi32(_mm256_cvtps_epi32(n[i]), 23);
    const __m256i bits = _mm256_add_epi32(_mm256_castps_si256(x[i]), exponent);
    x[i] = _mm256_and_ps(_mm256_castsi256_ps(bits), is_normal[i]);
  }
}

/// x = x Phi(x) within 1.5e-7, besides the rounding of the result: as max(x, 0) less
/// |x| / 2 erfc(|x| / sqrt 2).
template <int N>
static inline void gelu(__m256 (&x)[N]) {
  __m256 a[N], root[N];
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) {
    a[i] = _mm256_min_ps(_mm256_set1_ps(kGeluEnd), _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x[i]));
    root[i] = _mm256_set1_ps(kErfcRoot[0]);
  }
#pragma GCC unroll 8
  for (int c = 1; c < 9; ++c) {
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) {
      root[i] = _mm256_fmadd_ps(root[i], a[i], _mm256_set1_ps(kErfcRoot[c]));
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) {
    const __m256 square = _mm256_mul_ps(root[i], root[i]);
    const __m256 fourth = _mm256_mul_ps(square, square);
    const __m256 half = _mm256_mul_ps(_mm256_mul_ps(a[i], _mm256_set1_ps(0.5f)), fourth);
    x[i] = _mm256_fnmadd_ps(half, fourth, _mm256_max_ps(_mm256_setzero_ps(), x[i]));
  }
}

}  // namespace tessera::compute::kernels
