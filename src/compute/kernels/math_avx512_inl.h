// Functions of 16 numbers with AVX-512, for variant files. `static`: each file has its own,
// compiled for its instruction set. maxps and minps give their second operand where one is not a
// number: the order of operands below lets NaN through.
#pragma once

#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/math_constants_inl.h"

namespace tessera::compute::kernels {

/// The first `count` lanes: all where there are 16 or more, none where there are none.
static inline __mmask16 lanes_of(std::ptrdiff_t count) {
  if (count >= 16) return 0xffff;
  return static_cast<__mmask16>((1u << (count > 0 ? count : 0)) - 1);
}

/// x = exp(x) for x <= 0, within 1.2e-7 of itself; zero below -104, so of minus infinity too. Step
/// by step for all registers, because GCC leaves each chain of dependent instructions in one piece.
template <int N>
static inline void exp_nonpositive(__m512 (&x)[N]) {
  __m512 n[N], r[N];
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) {
    x[i] = _mm512_max_ps(_mm512_set1_ps(kExpIsZero), x[i]);
    n[i] = _mm512_roundscale_ps(_mm512_mul_ps(x[i], _mm512_set1_ps(kLog2E)),
                                _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) r[i] = _mm512_fnmadd_ps(n[i], _mm512_set1_ps(kLn2High), x[i]);
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) r[i] = _mm512_fnmadd_ps(n[i], _mm512_set1_ps(kLn2Low), r[i]);
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) x[i] = _mm512_set1_ps(kExp[0]);
#pragma GCC unroll 6
  for (int c = 1; c < 7; ++c) {
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) x[i] = _mm512_fmadd_ps(r[i], x[i], _mm512_set1_ps(kExp[c]));
  }
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) x[i] = _mm512_scalef_ps(x[i], n[i]);
}

/// x = x Phi(x) within 1.5e-7, besides the rounding of the result: as max(x, 0) less
/// |x| / 2 erfc(|x| / sqrt 2).
template <int N>
static inline void gelu(__m512 (&x)[N]) {
  __m512 a[N], root[N];
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) {
    a[i] = _mm512_min_ps(_mm512_set1_ps(kGeluEnd), _mm512_abs_ps(x[i]));
    root[i] = _mm512_set1_ps(kErfcRoot[0]);
  }
#pragma GCC unroll 8
  for (int c = 1; c < 9; ++c) {
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) {
      root[i] = _mm512_fmadd_ps(root[i], a[i], _mm512_set1_ps(kErfcRoot[c]));
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) {
    const __m512 square = _mm512_mul_ps(root[i], root[i]);
    const __m512 fourth = _mm512_mul_ps(square, square);
    const __m512 half = _mm512_mul_ps(_mm512_mul_ps(a[i], _mm512_set1_ps(0.5f)), fourth);
    x[i] = _mm512_fnmadd_ps(half, fourth, _mm512_max_ps(_mm512_setzero_ps(), x[i]));
  }
}

}  // namespace tessera::compute::kernels
