// The oracle: the fast Walsh-Hadamard transform (Fino and Algazi 1976) by plain loops.
#include "src/compute/kernels/hadamard/hadamard_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* hadamard_scalar(const HadamardParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) hadamard_of_row(p.data + row * p.stride, p.columns);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
