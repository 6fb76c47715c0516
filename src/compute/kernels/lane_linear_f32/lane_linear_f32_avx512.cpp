// 8 channels of 48 tokens in 24 registers.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_linear_floats_inl.h"
#include "src/compute/kernels/lanes_avx512_inl.h"

namespace tessera::compute::kernels {

const char* lane_linear_f32_avx512(const LaneLinearF32Params& p) noexcept {
  lane_linear_floats<Lanes, DotF32<Lanes>>(p, 1);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
