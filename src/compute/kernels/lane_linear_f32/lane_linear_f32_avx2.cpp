// 4 channels of 24 tokens in 12 registers.
#include "src/compute/kernels/dot_avx2_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_linear_floats_inl.h"
#include "src/compute/kernels/lanes_avx2_inl.h"

namespace tessera::compute::kernels {

/// Half a block's tokens of them are 12 KiB. All that Whisper base has, 48 to 192 KiB, would come
/// from the second level's cache for every 4 channels, which took 1.2 to 1.4 times as long on a
/// Zen 3.
constexpr int kGroupsAtATime = 128;

const char* lane_linear_f32_avx2(const LaneLinearF32Params& p) noexcept {
  lane_linear_floats<LanesAvx2<3>, DotFloats>(p, 1, kGroupsAtATime);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
