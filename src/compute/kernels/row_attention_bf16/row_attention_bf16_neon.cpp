// 8 keys in lanes at a time, up to 4 queries, each half of a pair a float.
#include "src/compute/kernels/dot_neon_inl.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lanes_neon_inl.h"
#include "src/compute/kernels/row_formats_inl.h"

namespace tessera::compute::kernels {

const char* row_attention_bf16_neon(const RowAttentionBf16Params& p) noexcept {
  row_attention<LanesNeon<2>, RowBf16<LanesNeon<2>, DotBf16>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
