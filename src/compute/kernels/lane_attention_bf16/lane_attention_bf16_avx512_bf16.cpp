// 48 queries in lanes, vdpbf16ps.
#include "src/compute/kernels/dot_avx512_bf16_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_attention_floats_inl.h"
#include "src/compute/kernels/lanes_avx512_inl.h"

namespace tessera::compute::kernels {

const char* lane_attention_bf16_avx512_bf16(const LaneAttentionBf16Params& p) noexcept {
  lane_attention_floats<Lanes, FormatBf16<Lanes, Dot>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
