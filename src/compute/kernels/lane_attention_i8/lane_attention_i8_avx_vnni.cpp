// 24 queries in lanes at a time, vpdpbusd of 256 bits.
#include "src/compute/kernels/dot_avx_vnni_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_attention_i8/lane_attention_i8_inl.h"
#include "src/compute/kernels/lanes_avx2_inl.h"

namespace tessera::compute::kernels {

const char* lane_attention_i8_avx_vnni(const LaneAttentionI8Params& p) noexcept {
  lane_attention_i8<LanesAvx2<3>, DotBytes>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
