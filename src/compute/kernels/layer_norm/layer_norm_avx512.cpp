// The corrected two-pass algorithm (Chan, Golub and LeVeque 1983) in float32: the sums of the
// distances from a mean that is only nearly right tell by how much it is wrong, and correct both
// mean and variance. So rows with a large offset lose nothing.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/layer_norm/layer_norm_inl.h"
#include "src/compute/kernels/math_avx512_inl.h"

namespace tessera::compute::kernels {
namespace {

float sum_of_registers(const __m512 (&x)[4]) {
  return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(x[0], x[1]), _mm512_add_ps(x[2], x[3])));
}

float sum_of(const float* in, int columns) {
  __m512 sums[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) sums[j] = _mm512_setzero_ps();
  int i = 0;
  for (; i + 64 <= columns; i += 64) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      sums[j] = _mm512_add_ps(sums[j], _mm512_loadu_ps(in + i + 16 * j));
    }
  }
  for (; i < columns; i += 16) {
    sums[0] = _mm512_add_ps(sums[0], _mm512_maskz_loadu_ps(lanes_of(columns - i), in + i));
  }
  return sum_of_registers(sums);
}

Distances distances_from(const float* in, int columns, float mean) {
  const __m512 center = _mm512_set1_ps(mean);
  __m512 sums[4], squares[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) sums[j] = squares[j] = _mm512_setzero_ps();
  int i = 0;
  for (; i + 64 <= columns; i += 64) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const __m512 d = _mm512_sub_ps(_mm512_loadu_ps(in + i + 16 * j), center);
      sums[j] = _mm512_add_ps(sums[j], d);
      squares[j] = _mm512_fmadd_ps(d, d, squares[j]);
    }
  }
  for (; i < columns; i += 16) {
    const __mmask16 lanes = lanes_of(columns - i);
    const __m512 d = _mm512_maskz_sub_ps(lanes, _mm512_maskz_loadu_ps(lanes, in + i), center);
    sums[0] = _mm512_add_ps(sums[0], d);
    squares[0] = _mm512_fmadd_ps(d, d, squares[0]);
  }
  return {sum_of_registers(sums), sum_of_registers(squares)};
}

struct RowScale {
  __m512 rough_mean, rest_of_mean, scale;
};

inline __m512 normalise(__m512 x, const RowScale& row, __m512 gamma, __m512 beta) {
  const __m512 distance = _mm512_sub_ps(_mm512_sub_ps(x, row.rough_mean), row.rest_of_mean);
  return _mm512_fmadd_ps(_mm512_mul_ps(distance, row.scale), gamma, beta);
}

}  // namespace

const char* layer_norm_avx512(const LayerNormParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const float* in = p.in + row * p.in_stride;
    float* out = p.out + row * p.out_stride;
    const float rough_mean = sum_of(in, p.columns) / static_cast<float>(p.columns);
    const RowStatistics row_is =
        correct(distances_from(in, p.columns, rough_mean), p.columns, p.epsilon);
    const RowScale scale = {_mm512_set1_ps(rough_mean), _mm512_set1_ps(row_is.mean),
                            _mm512_set1_ps(row_is.scale)};
    int i = 0;
    for (; i + 16 <= p.columns; i += 16) {
      _mm512_storeu_ps(out + i,
                       normalise(_mm512_loadu_ps(in + i), scale, _mm512_loadu_ps(p.gamma + i),
                                 _mm512_loadu_ps(p.beta + i)));
    }
    if (i < p.columns) {
      const __mmask16 lanes = lanes_of(p.columns - i);
      _mm512_mask_storeu_ps(out + i, lanes,
                            normalise(_mm512_maskz_loadu_ps(lanes, in + i), scale,
                                      _mm512_maskz_loadu_ps(lanes, p.gamma + i),
                                      _mm512_maskz_loadu_ps(lanes, p.beta + i)));
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
