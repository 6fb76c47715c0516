// The corrected two-pass algorithm (Chan, Golub and LeVeque 1983) in float32: the sums of the
// distances from a mean that is only nearly right tell by how much it is wrong, and correct both
// mean and variance. So rows with a large offset lose nothing.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/layer_norm/layer_norm_inl.h"
#include "src/compute/kernels/math_avx2_inl.h"

namespace tessera::compute::kernels {
namespace {

float sum_of_registers(const __m256 (&x)[4]) {
  return sum_of_lanes(_mm256_add_ps(_mm256_add_ps(x[0], x[1]), _mm256_add_ps(x[2], x[3])));
}

float sum_of(const float* in, int columns) {
  __m256 sums[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) sums[j] = _mm256_setzero_ps();
  int i = 0;
  for (; i + 32 <= columns; i += 32) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      sums[j] = _mm256_add_ps(sums[j], _mm256_loadu_ps(in + i + 8 * j));
    }
  }
  for (; i < columns; i += 8) {
    sums[0] = _mm256_add_ps(sums[0], _mm256_maskload_ps(in + i, lanes_of(columns - i)));
  }
  return sum_of_registers(sums);
}

Distances distances_from(const float* in, int columns, float mean) {
  const __m256 center = _mm256_set1_ps(mean);
  __m256 sums[4], squares[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) sums[j] = squares[j] = _mm256_setzero_ps();
  int i = 0;
  for (; i + 32 <= columns; i += 32) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const __m256 d = _mm256_sub_ps(_mm256_loadu_ps(in + i + 8 * j), center);
      sums[j] = _mm256_add_ps(sums[j], d);
      squares[j] = _mm256_fmadd_ps(d, d, squares[j]);
    }
  }
  for (; i < columns; i += 8) {
    const __m256i lanes = lanes_of(columns - i);
    const __m256 x = choose(lanes, _mm256_maskload_ps(in + i, lanes), center);
    const __m256 d = _mm256_sub_ps(x, center);
    sums[0] = _mm256_add_ps(sums[0], d);
    squares[0] = _mm256_fmadd_ps(d, d, squares[0]);
  }
  return {sum_of_registers(sums), sum_of_registers(squares)};
}

}  // namespace

const char* layer_norm_avx2(const LayerNormParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const float* in = p.in + row * p.in_stride;
    float* out = p.out + row * p.out_stride;
    const float rough_mean = sum_of(in, p.columns) / static_cast<float>(p.columns);
    const RowStatistics row_is =
        correct(distances_from(in, p.columns, rough_mean), p.columns, p.epsilon);
    const __m256 center = _mm256_set1_ps(rough_mean);
    const __m256 rest = _mm256_set1_ps(row_is.mean);
    const __m256 scale = _mm256_set1_ps(row_is.scale);
    int i = 0;
    for (; i + 8 <= p.columns; i += 8) {
      const __m256 d = _mm256_sub_ps(_mm256_sub_ps(_mm256_loadu_ps(in + i), center), rest);
      _mm256_storeu_ps(out + i,
                       _mm256_fmadd_ps(_mm256_mul_ps(d, scale), _mm256_loadu_ps(p.gamma + i),
                                       _mm256_loadu_ps(p.beta + i)));
    }
    for (; i < p.columns; ++i) {
      out[i] = (in[i] - rough_mean - row_is.mean) * row_is.scale * p.gamma[i] + p.beta[i];
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
