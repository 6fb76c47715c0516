// 8 channels of 48 tokens in 24 registers, vpdpbusd.
#include "src/compute/kernels/dot_avx512_vnni_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_linear_i8/lane_linear_i8_inl.h"
#include "src/compute/kernels/lanes_avx512_inl.h"

namespace tessera::compute::kernels {

const char* lane_linear_i8_avx512_vnni(const LaneLinearI8Params& p) noexcept {
  lane_linear_i8<Lanes, Dot>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
