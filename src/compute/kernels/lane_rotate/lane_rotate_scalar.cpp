// One token at a time, the oracle.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_rotate/lane_rotate_inl.h"
#include "src/compute/kernels/lanes_scalar_inl.h"

namespace tessera::compute::kernels {

const char* lane_rotate_scalar(const LaneRotateParams& p) noexcept {
  lane_rotate<Lanes>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
