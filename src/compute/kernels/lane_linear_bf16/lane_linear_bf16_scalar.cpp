// One channel of one token at a time, the oracle.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_linear_floats_inl.h"
#include "src/compute/kernels/lanes_scalar_inl.h"

namespace tessera::compute::kernels {

const char* lane_linear_bf16_scalar(const LaneLinearBf16Params& p) noexcept {
  lane_linear_floats<Lanes, DotBf16>(p, 2);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
