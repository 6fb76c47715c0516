// One token at a time, the oracle.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_prepare/lane_prepare_inl.h"
#include "src/compute/kernels/lanes_scalar_inl.h"

namespace tessera::compute::kernels {

const char* lane_prepare_scalar(const LanePrepareParams& p) noexcept {
  lane_prepare<Lanes>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
