// 16 values to an instruction, 12 sums to hide its latency.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* peak_f32_avx512(const PeakParams& p) noexcept {
  constexpr int kSums = 12, kLanes = 16;
  const __m512 factor = _mm512_set1_ps(p.sink[0]);
  __m512 sums[kSums];
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) sums[i] = factor;
  for (std::int64_t round = 0; round < p.rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) {
      // An instruction by itself: the sums are all alike, and compilers know it.
      asm volatile("vfmadd231ps %1, %1, %0" : "+v"(sums[i]) : "v"(factor));
    }
  }
  __m512 total = sums[0];
#pragma GCC unroll 12
  for (int i = 1; i < kSums; ++i) total = _mm512_add_ps(total, sums[i]);
  _mm512_storeu_ps(p.sink, total);
  *p.operations = 2.0 * kSums * kLanes * static_cast<double>(p.rounds);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
