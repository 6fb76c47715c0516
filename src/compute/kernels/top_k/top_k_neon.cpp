// 32 numbers at a time are compared with the least of the largest so far, which most are not above:
// of n numbers in random order some k ln(n / k) are.
#include <arm_neon.h>

#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/top_k/top_k_inl.h"

namespace tessera::compute::kernels {

const char* top_k_neon(const TopKParams& p) noexcept {
  std::int32_t found = 0;
  std::int32_t i = 0;
  float32x4_t least = vdupq_n_f32(least_of_top(p, found));
  for (; i + 32 <= p.count; i += 32) {
    uint32x4_t any = vdupq_n_u32(0);
    for (int j = 0; j < 8; ++j) {
      any = vorrq_u32(any, vcgtq_f32(vld1q_f32(p.in + i + 4 * j), least));
    }
    if (vmaxvq_u32(any) == 0) continue;
    scan_for_top(p, found, i, i + 32);
    least = vdupq_n_f32(least_of_top(p, found));
  }
  scan_for_top(p, found, i, p.count);
  *p.found = found;
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
