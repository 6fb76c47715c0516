// 12 queries in lanes at a time.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_attention_floats_inl.h"
#include "src/compute/kernels/lanes_neon_inl.h"

namespace tessera::compute::kernels {

const char* lane_attention_f32_neon(const LaneAttentionF32Params& p) noexcept {
  lane_attention_floats<LanesNeon<3>, FormatF32<LanesNeon<3>>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
