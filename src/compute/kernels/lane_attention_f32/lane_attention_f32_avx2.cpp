// 24 queries in lanes at a time.
#include "src/compute/kernels/dot_avx2_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_attention_floats_inl.h"
#include "src/compute/kernels/lanes_avx2_inl.h"

namespace tessera::compute::kernels {

const char* lane_attention_f32_avx2(const LaneAttentionF32Params& p) noexcept {
  lane_attention_floats<LanesAvx2<3>, FormatF32<LanesAvx2<3>, DotFloats>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
