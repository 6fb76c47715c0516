// 12 columns at a time.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lanes_neon_inl.h"
#include "src/compute/kernels/row_finish/row_finish_inl.h"

namespace tessera::compute::kernels {

const char* row_finish_neon(const RowFinishParams& p) noexcept {
  row_finish<LanesNeon<3>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
