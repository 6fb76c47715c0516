// The oracle: one look-up per element.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* gelu_i8_scalar(const GeluI8Params& p) noexcept {
  for (std::ptrdiff_t i = 0; i < p.count; ++i) p.out[i] = p.table[p.in[i] + 128];
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
