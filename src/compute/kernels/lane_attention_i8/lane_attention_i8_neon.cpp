// 8 queries in lanes at a time, smull.
#include "src/compute/kernels/dot_neon_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_attention_i8/lane_attention_i8_inl.h"
#include "src/compute/kernels/lanes_neon_inl.h"

namespace tessera::compute::kernels {

const char* lane_attention_i8_neon(const LaneAttentionI8Params& p) noexcept {
  lane_attention_i8<LanesNeon<2>, DotBytes<true>, DotBytes<false>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
