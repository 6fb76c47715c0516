// One query at a time, the oracle.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_attention_floats_inl.h"
#include "src/compute/kernels/lanes_scalar_inl.h"

namespace tessera::compute::kernels {

const char* lane_attention_bf16_scalar(const LaneAttentionBf16Params& p) noexcept {
  lane_attention_floats<Lanes, FormatBf16<Lanes, DotBf16>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
