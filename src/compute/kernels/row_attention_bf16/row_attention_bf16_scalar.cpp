// One key at a time, the oracle.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lanes_scalar_inl.h"
#include "src/compute/kernels/row_formats_inl.h"

namespace tessera::compute::kernels {

const char* row_attention_bf16_scalar(const RowAttentionBf16Params& p) noexcept {
  row_attention<Lanes, RowBf16<Lanes, DotBf16>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
