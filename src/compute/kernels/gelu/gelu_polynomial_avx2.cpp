// erfc as the eighth power of a polynomial (see kErfcRoot): no division, no exp, no branch.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/math_avx2_inl.h"

namespace tessera::compute::kernels {

const char* gelu_polynomial_avx2(const GeluParams& p) noexcept {
  std::ptrdiff_t i = 0;
  for (; i + 32 <= p.count; i += 32) {  // four chains at a time hide each other's latency
    __m256 x[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) x[j] = _mm256_loadu_ps(p.in + i + 8 * j);
    gelu(x);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) _mm256_storeu_ps(p.out + i + 8 * j, x[j]);
  }
  for (; i < p.count; i += 8) {
    const __m256i lanes = lanes_of(static_cast<int>(p.count - i));
    __m256 x[1] = {_mm256_maskload_ps(p.in + i, lanes)};
    gelu(x);
    _mm256_maskstore_ps(p.out + i, lanes, x[0]);
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
