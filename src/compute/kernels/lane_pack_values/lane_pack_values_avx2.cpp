// 8 keys at a time.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_pack_values/lane_pack_values_inl.h"
#include "src/compute/kernels/lanes_avx2_inl.h"

namespace tessera::compute::kernels {

const char* lane_pack_values_avx2(const LanePackValuesParams& p) noexcept {
  lane_pack_values<LanesAvx2<3>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
