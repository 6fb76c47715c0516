// 24 keys in lanes at a time, up to 4 queries, vpdpbusd of 256 bits.
#include "src/compute/kernels/dot_avx_vnni_inl.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lanes_avx2_inl.h"
#include "src/compute/kernels/row_formats_inl.h"

namespace tessera::compute::kernels {

const char* row_attention_i8_avx_vnni(const RowAttentionI8Params& p) noexcept {
  row_attention<LanesAvx2<3>, RowI8<LanesAvx2<3>, DotBytes>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
