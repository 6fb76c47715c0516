// vpmaddwd multiplies 16 pairs of 16 bits, the exact way for int8 without VNNI; each needs an
// addition.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* peak_i8_avx2(const PeakParams& p) noexcept {
  constexpr int kSums = 12, kProducts = 16;
  const __m256i factor = _mm256_set1_epi16(static_cast<short>(p.sink[0]));
  __m256i sums[kSums];
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) sums[i] = factor;
  for (std::int64_t round = 0; round < p.rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) {
      // An instruction by itself: the product is the same every time, and compilers know it.
      __m256i product;
      asm volatile("vpmaddwd %1, %1, %0" : "=x"(product) : "x"(factor));
      sums[i] = _mm256_add_epi32(sums[i], product);
    }
  }
  __m256i total = sums[0];
#pragma GCC unroll 12
  for (int i = 1; i < kSums; ++i) total = _mm256_add_epi32(total, sums[i]);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p.sink), total);
  *p.operations = 2.0 * kSums * kProducts * static_cast<double>(p.rounds);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
