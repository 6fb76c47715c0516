// One number at a time, the oracle.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lanes_scalar_inl.h"
#include "src/compute/kernels/row_prepare/row_prepare_inl.h"

namespace tessera::compute::kernels {

const char* row_prepare_scalar(const RowPrepareParams& p) noexcept {
  row_prepare<Lanes>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
