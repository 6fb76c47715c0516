// 12 keys in lanes at a time, up to 4 queries.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lanes_neon_inl.h"
#include "src/compute/kernels/row_formats_inl.h"

namespace tessera::compute::kernels {

const char* row_attention_f32_neon(const RowAttentionF32Params& p) noexcept {
  row_attention<LanesNeon<3>, RowF32<LanesNeon<3>>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
