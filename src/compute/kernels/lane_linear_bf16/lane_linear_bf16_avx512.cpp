// 4 channels of 48 tokens in 12 registers, each half of a pair a float.
#include "src/compute/kernels/dot_avx512_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_linear_floats_inl.h"
#include "src/compute/kernels/lanes_avx512_inl.h"

namespace tessera::compute::kernels {

const char* lane_linear_bf16_avx512(const LaneLinearBf16Params& p) noexcept {
  lane_linear_floats<LanesOf4Channels, DotBf16>(p, 2);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
