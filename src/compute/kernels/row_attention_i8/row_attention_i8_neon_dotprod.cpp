// 12 keys in lanes at a time, up to 4 queries, sdot.
#include "src/compute/kernels/dot_neon_dotprod_inl.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lanes_neon_inl.h"
#include "src/compute/kernels/row_formats_inl.h"

namespace tessera::compute::kernels {

const char* row_attention_i8_neon_dotprod(const RowAttentionI8Params& p) noexcept {
  row_attention<LanesNeon<3>, RowI8<LanesNeon<3>, DotFullBytes>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
