// 4 channels of 16 tokens in 8 registers, vpmaddubsw of 7 bits or of bounded pairs.
#include "src/compute/kernels/dot_avx2_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_linear_i8/lane_linear_i8_inl.h"
#include "src/compute/kernels/lanes_avx2_inl.h"

namespace tessera::compute::kernels {

const char* lane_linear_i8_avx2(const LaneLinearI8Params& p) noexcept {
  lane_linear_i8<LanesAvx2<2>, DotBytes>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
