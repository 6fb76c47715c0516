// The table in 16 parts of 16 entries, each looked up by vpshufb, which gives 0 where the index has
// its highest bit set: that is made so wherever the index belongs to another part, and the 16
// answers are put together with or.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

inline __m256i look_up(const std::int8_t* table, __m256i x) {
  const __m256i highest = _mm256_set1_epi8(0x70);
  const __m256i index = _mm256_xor_si256(x, _mm256_set1_epi8(static_cast<char>(0x80)));  // x + 128
  __m256i found = _mm256_setzero_si256();
#pragma GCC unroll 16
  for (int part = 0; part < 16; ++part) {
    const __m256i entries = _mm256_broadcastsi128_si256(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(table + 16 * part)));
    // 0 ... 15 where the index is in this part; the saturating sum takes all others above 127.
    const __m256i within = _mm256_xor_si256(index, _mm256_set1_epi8(static_cast<char>(16 * part)));
    found = _mm256_or_si256(found, _mm256_shuffle_epi8(entries, _mm256_adds_epu8(within, highest)));
  }
  return found;
}

}  // namespace

const char* gelu_i8_avx2(const GeluI8Params& p) noexcept {
  std::ptrdiff_t i = 0;
  for (; i + 32 <= p.count; i += 32) {
    const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p.in + i));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p.out + i), look_up(p.table, x));
  }
  for (; i < p.count; ++i) p.out[i] = p.table[p.in[i] + 128];
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
