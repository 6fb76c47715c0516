// One value at a time. Eight sums hide the latency of an addition.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* peak_f32_scalar(const PeakParams& p) noexcept {
  constexpr int kSums = 8;
  const float factor = p.sink[0];
  float sums[kSums];  // all different, or compilers compute one for all
  for (int i = 0; i < kSums; ++i) sums[i] = static_cast<float>(i);
  for (std::int64_t round = 0; round < p.rounds; ++round) {
#pragma GCC unroll 8
    for (int i = 0; i < kSums; ++i) sums[i] = sums[i] * factor + factor;
  }
  for (int i = 0; i < kSums; ++i) p.sink[i] = sums[i];
  *p.operations = 2.0 * kSums * static_cast<double>(p.rounds);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
