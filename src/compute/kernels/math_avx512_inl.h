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

/// exp(x) for x <= 0, within 1.2e-7 of itself; zero below -104, so of minus infinity too.
static inline __m512 exp_nonpositive(__m512 x) {
  x = _mm512_max_ps(_mm512_set1_ps(kExpIsZero), x);
  const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(kLog2E)),
                                        _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(kLn2High), x);
  r = _mm512_fnmadd_ps(n, _mm512_set1_ps(kLn2Low), r);
  __m512 y = _mm512_fmadd_ps(r, _mm512_set1_ps(kExp[4]), _mm512_set1_ps(kExp[3]));
  y = _mm512_fmadd_ps(r, y, _mm512_set1_ps(kExp[2]));
  y = _mm512_fmadd_ps(r, y, _mm512_set1_ps(kExp[1]));
  y = _mm512_fmadd_ps(r, y, _mm512_set1_ps(kExp[0]));
  y = _mm512_fmadd_ps(r, y, _mm512_set1_ps(1));
  y = _mm512_fmadd_ps(r, y, _mm512_set1_ps(1));
  return _mm512_scalef_ps(y, n);
}

/// x Phi(x) within 2e-7, plus the rounding of the result: max(x, 0) - |x| / 2 erfc(|x| / sqrt 2).
static inline __m512 gelu_of(__m512 x) {
  const __m512 a = _mm512_min_ps(_mm512_set1_ps(kGeluEnd), _mm512_abs_ps(x));
  __m512 root = _mm512_set1_ps(kErfcRoot[7]);
#pragma GCC unroll 7
  for (int i = 6; i >= 0; --i) root = _mm512_fmadd_ps(root, a, _mm512_set1_ps(kErfcRoot[i]));
  root = _mm512_fmadd_ps(root, a, _mm512_set1_ps(1));
  const __m512 square = _mm512_mul_ps(root, root);
  const __m512 fourth = _mm512_mul_ps(square, square);
  const __m512 half = _mm512_mul_ps(_mm512_mul_ps(a, _mm512_set1_ps(0.5f)), fourth);
  return _mm512_fnmadd_ps(half, fourth, _mm512_max_ps(_mm512_setzero_ps(), x));
}

}  // namespace tessera::compute::kernels
