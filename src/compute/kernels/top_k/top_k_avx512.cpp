// 64 numbers at a time are compared with the least of the largest so far, which most are not above:
// of n numbers in random order some k ln(n / k) are.
#include <immintrin.h>

#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/top_k/top_k_inl.h"

namespace tessera::compute::kernels {

const char* top_k_avx512(const TopKParams& p) noexcept {
  std::int32_t found = 0;
  std::int32_t i = 0;
  __m512 least = _mm512_set1_ps(least_of_top(p, found));
  for (; i + 64 <= p.count; i += 64) {
    __mmask16 above[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      above[j] = _mm512_cmp_ps_mask(_mm512_loadu_ps(p.in + i + 16 * j), least, _CMP_GT_OQ);
    }
    const std::uint64_t low = _mm512_kunpackw(above[1], above[0]);
    const std::uint64_t high = _mm512_kunpackw(above[3], above[2]);
    std::uint64_t hits = high << 32 | low;
    if (hits == 0) continue;
    for (; hits != 0; hits &= hits - 1) {
      const std::int32_t id = i + __builtin_ctzll(hits);
      if (p.in[id] > least_of_top(p, found)) add_to_top(p, found, id);
    }
    least = _mm512_set1_ps(least_of_top(p, found));
  }
  scan_for_top(p, found, i, p.count);
  *p.found = found;
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
