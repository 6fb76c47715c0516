// The largest magnitude of a row in four registers, then 16 columns at a time to bytes.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/math_avx512_inl.h"
#include "src/compute/kernels/quantise/quantise_inl.h"

namespace tessera::compute::kernels {
namespace {

float largest_of(const float* in, int columns) {
  __m512 largest[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) largest[j] = _mm512_setzero_ps();
  int i = 0;
  for (; i + 64 <= columns; i += 64) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const __m512 x = _mm512_loadu_ps(in + i + 16 * j);
      largest[j] = _mm512_max_ps(largest[j], _mm512_abs_ps(x));
    }
  }
  for (; i < columns; i += 16) {
    const __m512 x = _mm512_maskz_loadu_ps(lanes_of(columns - i), in + i);
    largest[0] = _mm512_max_ps(largest[0], _mm512_abs_ps(x));
  }
  return _mm512_reduce_max_ps(
      _mm512_max_ps(_mm512_max_ps(largest[0], largest[1]), _mm512_max_ps(largest[2], largest[3])));
}

inline __m128i round_to_bytes(__m512 x, __m512 reciprocal) {
  return _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(_mm512_mul_ps(x, reciprocal)));
}

}  // namespace

const char* quantise_avx512(const QuantiseParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const float* in = p.in + row * p.in_stride;
    std::int8_t* out = p.out + row * p.out_stride;
    const float scale = scale_of_row(largest_of(in, p.columns));
    const __m512 reciprocal = _mm512_set1_ps(1.0f / scale);
    int i = 0;
    for (; i + 16 <= p.columns; i += 16) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i),
                       round_to_bytes(_mm512_loadu_ps(in + i), reciprocal));
    }
    if (i < p.columns) {
      const __mmask16 lanes = lanes_of(p.columns - i);
      const __m512 x = _mm512_maskz_loadu_ps(lanes, in + i);
      _mm_mask_storeu_epi8(out + i, lanes, round_to_bytes(x, reciprocal));
    }
    p.scales[row] = scale;
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
