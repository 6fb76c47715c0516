// One key at a time, the oracle.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lanes_scalar_inl.h"
#include "src/compute/kernels/row_formats_inl.h"

namespace tessera::compute::kernels {

const char* row_attention_i8_scalar(const RowAttentionI8Params& p) noexcept {
  row_attention<Lanes, RowI8<Lanes, DotBytes>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
