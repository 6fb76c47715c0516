// erfc as the eighth power of a polynomial (see kErfcRoot): no division, no exp, no branch.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/math_avx512_inl.h"

namespace tessera::compute::kernels {

const char* gelu_polynomial_avx512(const GeluParams& p) noexcept {
  std::ptrdiff_t i = 0;
  for (; i + 64 <= p.count; i += 64) {  // four chains at a time hide each other's latency
    __m512 x[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) x[j] = _mm512_loadu_ps(p.in + i + 16 * j);
    gelu(x);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) _mm512_storeu_ps(p.out + i + 16 * j, x[j]);
  }
  for (; i < p.count; i += 16) {
    const __mmask16 lanes = lanes_of(p.count - i);
    __m512 x[1] = {_mm512_maskz_loadu_ps(lanes, p.in + i)};
    gelu(x);
    _mm512_mask_storeu_ps(p.out + i, lanes, x[0]);
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
