// 48 keys in lanes, up to 4 queries at a time, each half of a pair a float.
#include "src/compute/kernels/dot_avx512_inl.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lanes_avx512_inl.h"
#include "src/compute/kernels/row_formats_inl.h"

namespace tessera::compute::kernels {

const char* row_attention_bf16_avx512(const RowAttentionBf16Params& p) noexcept {
  row_attention<Lanes, RowBf16<Lanes, DotBf16>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
