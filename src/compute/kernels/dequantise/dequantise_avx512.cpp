// 16 columns at a time.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/math_avx512_inl.h"

namespace tessera::compute::kernels {
namespace {

inline __m512 widen(__m128i bytes, __m512 scale) {
  return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes)), scale);
}

}  // namespace

const char* dequantise_avx512(const DequantiseParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const std::int8_t* in = p.in + row * p.in_stride;
    float* out = p.out + row * p.out_stride;
    const __m512 scale = _mm512_set1_ps(p.scales[row]);
    int i = 0;
    for (; i + 16 <= p.columns; i += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i));
      _mm512_storeu_ps(out + i, widen(bytes, scale));
    }
    if (i < p.columns) {
      const __mmask16 lanes = lanes_of(p.columns - i);
      _mm512_mask_storeu_ps(out + i, lanes, widen(_mm_maskz_loadu_epi8(lanes, in + i), scale));
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
