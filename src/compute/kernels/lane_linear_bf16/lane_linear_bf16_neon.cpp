// 8 channels of 8 tokens in 16 registers, each half of a pair a float.
#include "src/compute/kernels/dot_neon_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_linear_floats_inl.h"
#include "src/compute/kernels/lanes_neon_inl.h"

namespace tessera::compute::kernels {

const char* lane_linear_bf16_neon(const LaneLinearBf16Params& p) noexcept {
  lane_linear_floats<LanesNeon<2>, DotBf16>(p, 2);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
