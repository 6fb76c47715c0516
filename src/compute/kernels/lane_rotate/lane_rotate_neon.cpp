// 4 tokens at a time.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_rotate/lane_rotate_inl.h"
#include "src/compute/kernels/lanes_neon_inl.h"

namespace tessera::compute::kernels {

const char* lane_rotate_neon(const LaneRotateParams& p) noexcept {
  lane_rotate<LanesNeon<3>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
