// 4 keys at a time.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_pack_values/lane_pack_values_inl.h"
#include "src/compute/kernels/lanes_neon_inl.h"

namespace tessera::compute::kernels {

const char* lane_pack_values_neon(const LanePackValuesParams& p) noexcept {
  lane_pack_values<LanesNeon<3>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
