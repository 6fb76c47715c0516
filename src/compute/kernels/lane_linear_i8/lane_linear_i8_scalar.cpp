// One channel of one token at a time, the oracle.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_linear_i8/lane_linear_i8_inl.h"
#include "src/compute/kernels/lanes_scalar_inl.h"

namespace tessera::compute::kernels {

const char* lane_linear_i8_scalar(const LaneLinearI8Params& p) noexcept {
  lane_linear_i8<Lanes, DotBytes>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
