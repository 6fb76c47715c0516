// 4 channels of 24 tokens in 12 registers.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_linear_floats_inl.h"
#include "src/compute/kernels/lanes_avx2_inl.h"

namespace tessera::compute::kernels {

const char* lane_linear_f32_avx2(const LaneLinearF32Params& p) noexcept {
  lane_linear_floats<LanesAvx2<3>, DotF32<LanesAvx2<3>>>(p, 1);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
