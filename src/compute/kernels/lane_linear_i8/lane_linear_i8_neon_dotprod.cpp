// 8 channels of 12 tokens in 24 registers, sdot.
#include "src/compute/kernels/dot_neon_dotprod_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_linear_i8/lane_linear_i8_inl.h"
#include "src/compute/kernels/lanes_neon_inl.h"

namespace tessera::compute::kernels {

const char* lane_linear_i8_neon_dotprod(const LaneLinearI8Params& p) noexcept {
  lane_linear_i8<LanesNeon<3>, DotBytes<true>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
