// 48 queries in lanes, vpdpbusd, exponentials by table.
#include "src/compute/kernels/dot_avx512_vnni_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_attention_i8/lane_attention_i8_inl.h"
#include "src/compute/kernels/lanes_avx512_inl.h"

namespace tessera::compute::kernels {

const char* lane_attention_i8_avx512_vnni(const LaneAttentionI8Params& p) noexcept {
  lane_attention_i8<Lanes, Dot>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
