// 24 keys in lanes at a time, up to 4 queries.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lanes_avx2_inl.h"
#include "src/compute/kernels/row_formats_inl.h"

namespace tessera::compute::kernels {

const char* row_attention_f32_avx2(const RowAttentionF32Params& p) noexcept {
  row_attention<LanesAvx2<3>, RowF32<LanesAvx2<3>>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
