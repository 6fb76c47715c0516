// 8 channels of 12 tokens in 24 registers.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_linear_floats_inl.h"
#include "src/compute/kernels/lanes_neon_inl.h"

namespace tessera::compute::kernels {

const char* lane_linear_f32_neon(const LaneLinearF32Params& p) noexcept {
  lane_linear_floats<LanesNeon<3>, DotF32<LanesNeon<3>>>(p, 1);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
