// 48 queries in lanes.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_attention_floats_inl.h"
#include "src/compute/kernels/lanes_avx512_inl.h"

namespace tessera::compute::kernels {

const char* lane_attention_f32_avx512(const LaneAttentionF32Params& p) noexcept {
  lane_attention_floats<Lanes, FormatF32<Lanes>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
