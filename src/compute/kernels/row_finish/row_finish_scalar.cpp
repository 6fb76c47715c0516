// One number at a time, the oracle.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lanes_scalar_inl.h"
#include "src/compute/kernels/row_finish/row_finish_inl.h"

namespace tessera::compute::kernels {

const char* row_finish_scalar(const RowFinishParams& p) noexcept {
  row_finish<Lanes>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
