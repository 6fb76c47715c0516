// 8 columns at a time.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lanes_avx2_inl.h"
#include "src/compute/kernels/row_prepare/row_prepare_inl.h"

namespace tessera::compute::kernels {

const char* row_prepare_avx2(const RowPrepareParams& p) noexcept {
  row_prepare<LanesAvx2<3>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
