// 8 columns at a time.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* dequantise_avx2(const DequantiseParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const std::int8_t* in = p.in + row * p.in_stride;
    float* out = p.out + row * p.out_stride;
    const __m256 scale = _mm256_set1_ps(p.scales[row]);
    int i = 0;
    for (; i + 8 <= p.columns; i += 8) {
      const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(in + i));
      const __m256 x = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
      _mm256_storeu_ps(out + i, _mm256_mul_ps(x, scale));
    }
    for (; i < p.columns; ++i) out[i] = static_cast<float>(in[i]) * p.scales[row];
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
