// 48 keys in lanes, up to 4 queries at a time.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lanes_avx512_inl.h"
#include "src/compute/kernels/row_formats_inl.h"

namespace tessera::compute::kernels {

const char* row_attention_f32_avx512(const RowAttentionF32Params& p) noexcept {
  row_attention<Lanes, RowF32<Lanes>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
