// 16 keys in lanes at a time, up to 4 queries, vpmaddwd.
#include "src/compute/kernels/dot_avx2_inl.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lanes_avx2_inl.h"
#include "src/compute/kernels/row_formats_inl.h"

namespace tessera::compute::kernels {

const char* row_attention_i8_avx2(const RowAttentionI8Params& p) noexcept {
  row_attention<LanesAvx2<2>, RowI8<LanesAvx2<2>, DotFullBytes>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
