// Three passes over a row, which is in the first-level cache after the first: the maximum; exp,
// stored, and its sum; the product with the sum's reciprocal. Four registers at a time, so that the
// chains of dependent instructions hide each other's latency.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/math_avx2_inl.h"

namespace tessera::compute::kernels {
namespace {

float largest_of(const float* in, int columns) {
  const __m256 least = _mm256_set1_ps(-__builtin_inff());
  __m256 largest[4] = {least, least, least, least};
  int i = 0;
  for (; i + 32 <= columns; i += 32) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      largest[j] = _mm256_max_ps(largest[j], _mm256_loadu_ps(in + i + 8 * j));
    }
  }
  for (; i < columns; i += 8) {
    const __m256i lanes = lanes_of(columns - i);
    largest[0] = _mm256_max_ps(largest[0], choose(lanes, _mm256_maskload_ps(in + i, lanes), least));
  }
  return max_of_lanes(
      _mm256_max_ps(_mm256_max_ps(largest[0], largest[1]), _mm256_max_ps(largest[2], largest[3])));
}

// out = exp(in - largest); returns the sum.
float exp_and_sum(const float* in, float* out, int columns, float largest) {
  const __m256 shift = _mm256_set1_ps(largest);
  __m256 sums[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) sums[j] = _mm256_setzero_ps();
  int i = 0;
  for (; i + 32 <= columns; i += 32) {
    __m256 x[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) x[j] = _mm256_sub_ps(_mm256_loadu_ps(in + i + 8 * j), shift);
    exp_nonpositive(x);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      _mm256_storeu_ps(out + i + 8 * j, x[j]);
      sums[j] = _mm256_add_ps(sums[j], x[j]);
    }
  }
  for (; i < columns; i += 8) {
    const __m256i lanes = lanes_of(columns - i);
    __m256 x[1] = {_mm256_sub_ps(_mm256_maskload_ps(in + i, lanes), shift)};
    exp_nonpositive(x);
    _mm256_maskstore_ps(out + i, lanes, x[0]);
    sums[0] = _mm256_add_ps(sums[0], choose(lanes, x[0], _mm256_setzero_ps()));
  }
  return sum_of_lanes(
      _mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3])));
}

void scale_row(float* out, int columns, float factor) {
  const __m256 factors = _mm256_set1_ps(factor);
  int i = 0;
  for (; i + 8 <= columns; i += 8) {
    _mm256_storeu_ps(out + i, _mm256_mul_ps(_mm256_loadu_ps(out + i), factors));
  }
  for (; i < columns; ++i) out[i] *= factor;
}

}  // namespace

const char* softmax_avx2(const SoftmaxParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const float* in = p.in + row * p.in_stride;
    float* out = p.out + row * p.out_stride;
    const float largest = largest_of(in, p.columns);
    scale_row(out, p.columns, 1 / exp_and_sum(in, out, p.columns, largest));
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
