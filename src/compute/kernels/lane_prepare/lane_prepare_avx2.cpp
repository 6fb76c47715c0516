// 8 tokens at a time.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_prepare/lane_prepare_inl.h"
#include "src/compute/kernels/lanes_avx2_inl.h"

namespace tessera::compute::kernels {

const char* lane_prepare_avx2(const LanePrepareParams& p) noexcept {
  lane_prepare<LanesAvx2<3>>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
