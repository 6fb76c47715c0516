// The code of lanes_avx_vnni but for its one instruction, which is taken apart into 16-bit
// products: exact for all bytes, so that everything else in that variant is tested where AVX-VNNI
// is missing.
#include <immintrin.h>

#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

// Out of line, since the loops around it have no registers left for its parts: slow, but only a
// test.
__attribute__((noinline)) void dot_accumulate(__m256i& sum, __m256i a, __m256i b) {
  const __m256i even = _mm256_madd_epi16(_mm256_and_si256(a, _mm256_set1_epi16(0xff)),
                                         _mm256_srai_epi16(_mm256_slli_epi16(b, 8), 8));
  const __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(a, 8), _mm256_srai_epi16(b, 8));
  sum = _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
}

}  // namespace
}  // namespace tessera::compute::kernels

#include "src/compute/kernels/tile_attention/tile_dot_256_inl.h"

namespace tessera::compute::kernels {

const char* tile_attention_lanes_widened_avx2(const TileAttentionParams& p) noexcept {
  attend(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
