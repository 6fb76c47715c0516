// The oracle: the definition, with the C library's erf.
#include <math.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* gelu_scalar(const GeluParams& p) noexcept {
  constexpr float kRootOfHalf = 0.707106781f;
  for (std::ptrdiff_t i = 0; i < p.count; ++i) {
    const float x = p.in[i];
    p.out[i] = 0.5f * x * (1 + erff(x * kRootOfHalf));
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
