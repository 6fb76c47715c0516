// 16 queries in lanes at a time, each half of a pair a float.
#include "src/compute/kernels/dot_avx2_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_attention_floats_inl.h"
#include "src/compute/kernels/lanes_avx2_inl.h"

namespace tessera::compute::kernels {

const char* lane_attention_bf16_avx2(const LaneAttentionBf16Params& p) noexcept {
  lane_attention_floats<LanesAvx2<2>, FormatBf16<LanesAvx2<2>, DotBf16>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
