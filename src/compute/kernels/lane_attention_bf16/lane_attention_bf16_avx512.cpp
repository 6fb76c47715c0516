// 48 queries in lanes, each half of a pair a float.
#include "src/compute/kernels/dot_avx512_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_attention_floats_inl.h"
#include "src/compute/kernels/lanes_avx512_inl.h"

namespace tessera::compute::kernels {

const char* lane_attention_bf16_avx512(const LaneAttentionBf16Params& p) noexcept {
  using Format = FormatBf16<LanesOf4Channels, DotBf16>;
  lane_attention_floats<LanesOf4Channels, Format>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
