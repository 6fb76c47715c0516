// 8 values to an instruction, 12 sums to hide its latency.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* peak_f32_avx2(const PeakParams& p) noexcept {
  constexpr int kSums = 12, kLanes = 8;
  const __m256 factor = _mm256_set1_ps(p.sink[0]);
  __m256 sums[kSums];
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) sums[i] = factor;
  for (std::int64_t round = 0; round < p.rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) {
      // An instruction by itself: the sums are all alike, and compilers know it.
      asm volatile("vfmadd231ps %1, %1, %0" : "+x"(sums[i]) : "x"(factor));
    }
  }
  __m256 total = sums[0];
#pragma GCC unroll 12
  for (int i = 1; i < kSums; ++i) total = _mm256_add_ps(total, sums[i]);
  _mm256_storeu_ps(p.sink, total);
  *p.operations = 2.0 * kSums * kLanes * static_cast<double>(p.rounds);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
