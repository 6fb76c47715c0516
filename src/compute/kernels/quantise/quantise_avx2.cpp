// The largest magnitude of a row in four registers, then 32 columns at a time to bytes.
#include <immintrin.h>
#include <math.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/math_avx2_inl.h"
#include "src/compute/kernels/quantise/quantise_inl.h"

namespace tessera::compute::kernels {
namespace {

float largest_of(const float* in, int columns) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  __m256 largest[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) largest[j] = _mm256_setzero_ps();
  int i = 0;
  for (; i + 32 <= columns; i += 32) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const __m256 x = _mm256_loadu_ps(in + i + 8 * j);
      largest[j] = _mm256_max_ps(largest[j], _mm256_andnot_ps(sign, x));
    }
  }
  for (; i < columns; i += 8) {
    const __m256 x = _mm256_maskload_ps(in + i, lanes_of(columns - i));
    largest[0] = _mm256_max_ps(largest[0], _mm256_andnot_ps(sign, x));
  }
  return max_of_lanes(
      _mm256_max_ps(_mm256_max_ps(largest[0], largest[1]), _mm256_max_ps(largest[2], largest[3])));
}

inline __m256i round_to_words(const float* in, __m256 reciprocal) {
  return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(in), reciprocal));
}

}  // namespace

const char* quantise_avx2(const QuantiseParams& p) noexcept {
  // The packs work within halves of 128 bits: groups of 4 columns come out as 0 2 4 6, 1 3 5 7.
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  for (int row = 0; row < p.rows; ++row) {
    const float* in = p.in + row * p.in_stride;
    std::int8_t* out = p.out + row * p.out_stride;
    const float scale = scale_of_row(largest_of(in, p.columns));
    const float reciprocal = 1.0f / scale;
    const __m256 factor = _mm256_set1_ps(reciprocal);
    int i = 0;
    for (; i + 32 <= p.columns; i += 32) {
      const __m256i a =
          _mm256_packs_epi32(round_to_words(in + i, factor), round_to_words(in + i + 8, factor));
      const __m256i b = _mm256_packs_epi32(round_to_words(in + i + 16, factor),
                                           round_to_words(in + i + 24, factor));
      const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(a, b), order);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), bytes);
    }
    for (; i < p.columns; ++i) out[i] = static_cast<std::int8_t>(rintf(in[i] * reciprocal));
    p.scales[row] = scale;
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
