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

/// exp(x) for x <= 0, within 1.2e-7 of itself down to the smallest normal number, zero below.
static inline __m256 exp_nonpositive(__m256 x) {
  const __m256 end = _mm256_set1_ps(kExpIsNormal);
  const __m256 is_normal = _mm256_cmp_ps(x, end, _CMP_NLT_UQ);
  x = _mm256_max_ps(end, x);
  const __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(kLog2E)),
                                   _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(kLn2High), x);
  r = _mm256_fnmadd_ps(n, _mm256_set1_ps(kLn2Low), r);
  __m256 y = _mm256_fmadd_ps(r, _mm256_set1_ps(kExp[4]), _mm256_set1_ps(kExp[3]));
  y = _mm256_fmadd_ps(r, y, _mm256_set1_ps(kExp[2]));
  y = _mm256_fmadd_ps(r, y, _mm256_set1_ps(kExp[1]));
  y = _mm256_fmadd_ps(r, y, _mm256_set1_ps(kExp[0]));
  y = _mm256_fmadd_ps(r, y, _mm256_set1_ps(1));
  y = _mm256_fmadd_ps(r, y, _mm256_set1_ps(1));
  // times 2^n: n is added to the exponent, which stays one of a normal number
  const __m256i exponent = _mm256_slli_epi32(_mm256_cvtps_epi32(n), 23);
  y = _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(y), exponent));
  return _mm256_and_ps(y, is_normal);
}

/// x Phi(x) within 2e-7, plus the rounding of the result: max(x, 0) - |x| / 2 erfc(|x| / sqrt 2).
static inline __m256 gelu_of(__m256 x) {
  const __m256 size = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
  const __m256 a = _mm256_min_ps(_mm256_set1_ps(kGeluEnd), size);
  __m256 root = _mm256_set1_ps(kErfcRoot[7]);
#pragma GCC unroll 7
  for (int i = 6; i >= 0; --i) root = _mm256_fmadd_ps(root, a, _mm256_set1_ps(kErfcRoot[i]));
  root = _mm256_fmadd_ps(root, a, _mm256_set1_ps(1));
  const __m256 square = _mm256_mul_ps(root, root);
  const __m256 fourth = _mm256_mul_ps(square, square);
  const __m256 half = _mm256_mul_ps(_mm256_mul_ps(a, _mm256_set1_ps(0.5f)), fourth);
  return _mm256_fnmadd_ps(half, fourth, _mm256_max_ps(_mm256_setzero_ps(), x));
}

}  // namespace tessera::compute::kernels
