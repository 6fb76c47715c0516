// 32 numbers at a time are compared with the least of the largest so far, which most are not above:
// of n numbers in random order some k ln(n / k) are.
#include <immintrin.h>

#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/top_k/top_k_inl.h"

namespace tessera::compute::kernels {

const char* top_k_avx2(const TopKParams& p) noexcept {
  std::int32_t found = 0;
  std::int32_t i = 0;
  __m256 least = _mm256_set1_ps(least_of_top(p, found));
  for (; i + 32 <= p.count; i += 32) {
    __m256 above[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      above[j] = _mm256_cmp_ps(_mm256_loadu_ps(p.in + i + 8 * j), least, _CMP_GT_OQ);
    }
    const __m256 any =
        _mm256_or_ps(_mm256_or_ps(above[0], above[1]), _mm256_or_ps(above[2], above[3]));
    if (_mm256_testz_ps(any, any)) continue;
    scan_for_top(p, found, i, i + 32);
    least = _mm256_set1_ps(least_of_top(p, found));
  }
  scan_for_top(p, found, i, p.count);
  *p.found = found;
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
