// vdpbf16ps multiplies 32 pairs of BF16 and adds them up in twos.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* peak_bf16_avx512_bf16(const PeakParams& p) noexcept {
  constexpr int kSums = 12, kProducts = 32;
  const __m512i factor = _mm512_set1_epi32(static_cast<int>(p.sink[0]));
  __m512i sums[kSums];
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) sums[i] = _mm512_setzero_si512();
  for (std::int64_t round = 0; round < p.rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) {
      asm volatile("vdpbf16ps %1, %1, %0" : "+v"(sums[i]) : "v"(factor));
    }
  }
  __m512i total = sums[0];
#pragma GCC unroll 12
  for (int i = 1; i < kSums; ++i) total = _mm512_xor_si512(total, sums[i]);
  _mm512_storeu_si512(p.sink, total);
  *p.operations = 2.0 * kSums * kProducts * static_cast<double>(p.rounds);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
