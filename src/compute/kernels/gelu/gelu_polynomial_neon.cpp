// erfc as the eighth power of a polynomial (see kErfcRoot): no division, no exp, no branch.
#include <arm_neon.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/math_neon_inl.h"

namespace tessera::compute::kernels {

const char* gelu_polynomial_neon(const GeluParams& p) noexcept {
  std::ptrdiff_t i = 0;
  for (; i + 4 <= p.count; i += 4) vst1q_f32(p.out + i, gelu_of(vld1q_f32(p.in + i)));
  if (i < p.count) store_few(p.out + i, p.count - i, gelu_of(load_few(p.in + i, p.count - i, 0)));
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
