// The steps of a softmax with AVX-512, each over a piece of one row. Four registers at a time, so
// that the chains of dependent instructions hide each other's latency.
#pragma once

#include <immintrin.h>

#include "src/compute/kernels/math_avx512_inl.h"

namespace tessera::compute::kernels {

static inline float largest_of(const float* in, int columns) {
  const __m512 least = _mm512_set1_ps(-__builtin_inff());
  __m512 largest[4] = {least, least, least, least};
  int i = 0;
  for (; i + 64 <= columns; i += 64) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      largest[j] = _mm512_max_ps(largest[j], _mm512_loadu_ps(in + i + 16 * j));
    }
  }
  for (; i < columns; i += 16) {
    const __m512 x = _mm512_mask_loadu_ps(least, lanes_of(columns - i), in + i);
    largest[0] = _mm512_max_ps(largest[0], x);
  }
  return _mm512_reduce_max_ps(
      _mm512_max_ps(_mm512_max_ps(largest[0], largest[1]), _mm512_max_ps(largest[2], largest[3])));
}

/// out = exp(in - largest); returns the sum.
static inline float exp_and_sum(const float* in, float* out, int columns, float largest) {
  const __m512 shift = _mm512_set1_ps(largest);
  __m512 sums[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) sums[j] = _mm512_setzero_ps();
  int i = 0;
  for (; i + 64 <= columns; i += 64) {
    __m512 x[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) x[j] = _mm512_sub_ps(_mm512_loadu_ps(in + i + 16 * j), shift);
    exp_nonpositive(x);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      _mm512_storeu_ps(out + i + 16 * j, x[j]);
      sums[j] = _mm512_add_ps(sums[j], x[j]);
    }
  }
  for (; i < columns; i += 16) {
    const __mmask16 lanes = lanes_of(columns - i);
    __m512 x[1] = {_mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, in + i), shift)};
    exp_nonpositive(x);
    _mm512_mask_storeu_ps(out + i, lanes, x[0]);
    sums[0] = _mm512_mask_add_ps(sums[0], lanes, sums[0], x[0]);
  }
  return _mm512_reduce_add_ps(
      _mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), _mm512_add_ps(sums[2], sums[3])));
}

static inline void scale_row(float* out, int columns, float factor) {
  const __m512 factors = _mm512_set1_ps(factor);
  int i = 0;
  for (; i + 16 <= columns; i += 16) {
    _mm512_storeu_ps(out + i, _mm512_mul_ps(_mm512_loadu_ps(out + i), factors));
  }
  if (i < columns) {
    const __mmask16 lanes = lanes_of(columns - i);
    const __m512 y = _mm512_maskz_loadu_ps(lanes, out + i);
    _mm512_mask_storeu_ps(out + i, lanes, _mm512_mul_ps(y, factors));
  }
}

}  // namespace tessera::compute::kernels
