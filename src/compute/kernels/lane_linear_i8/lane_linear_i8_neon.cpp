// 8 channels of 8 tokens in 16 registers, smull.
#include "src/compute/kernels/dot_neon_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_linear_i8/lane_linear_i8_inl.h"
#include "src/compute/kernels/lanes_neon_inl.h"

namespace tessera::compute::kernels {

const char* lane_linear_i8_neon(const LaneLinearI8Params& p) noexcept {
  lane_linear_i8<LanesNeon<2>, DotBytes<true>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
