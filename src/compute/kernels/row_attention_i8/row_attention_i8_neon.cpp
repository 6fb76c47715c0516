// 8 keys in lanes at a time, up to 4 queries, smlal.
#include "src/compute/kernels/dot_neon_inl.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lanes_neon_inl.h"
#include "src/compute/kernels/row_formats_inl.h"

namespace tessera::compute::kernels {

const char* row_attention_i8_neon(const RowAttentionI8Params& p) noexcept {
  row_attention<LanesNeon<2>, RowI8<LanesNeon<2>, DotFullBytes>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
