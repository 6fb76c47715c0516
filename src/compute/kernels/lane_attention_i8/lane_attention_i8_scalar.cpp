// One query at a time, the oracle.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_attention_i8/lane_attention_i8_inl.h"
#include "src/compute/kernels/lanes_scalar_inl.h"

namespace tessera::compute::kernels {

const char* lane_attention_i8_scalar(const LaneAttentionI8Params& p) noexcept {
  lane_attention_i8<Lanes, DotBytes>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
