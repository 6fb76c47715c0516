// What the tiles with 256-bit registers share: 8 queries or channels to a register. Included by
// variant files only.
#pragma once

#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"

namespace tessera::compute::kernels {

static inline __m256i* as_256(void* p) { return reinterpret_cast<__m256i*>(p); }
static inline const __m256i* as_256(const void* p) { return reinterpret_cast<const __m256i*>(p); }

/// Transposes 8 x 8 words of 32 bits.
static inline void transpose_8x8(__m256i (&r)[8]) {
  __m256i t[8];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    t[2 * i] = _mm256_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm256_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    r[4 * i] = _mm256_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 1] = _mm256_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 2] = _mm256_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
    r[4 * i + 3] = _mm256_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    t[j] = _mm256_permute2x128_si256(r[j], r[j + 4], 0x20);
    t[j + 4] = _mm256_permute2x128_si256(r[j], r[j + 4], 0x31);
  }
#pragma GCC unroll 8
  for (int j = 0; j < 8; ++j) r[j] = t[j];
}

static inline __m256i round_sum(__m256i sum, __m256 scale) {
  return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(sum), scale));
}

/// 4 keys' sums for 8 queries (column `j`) to scores in [-127, 127], 4 bytes to a query's word.
__attribute__((always_inline)) static inline __m256i round_scores(const __m256i (&sums)[4][2],
                                                                  int j, __m256 scale) {
  const __m256i to_words = _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, 0,
                                            4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m256i ab = _mm256_packs_epi32(round_sum(sums[0][j], scale), round_sum(sums[1][j], scale));
  const __m256i cd = _mm256_packs_epi32(round_sum(sums[2][j], scale), round_sum(sums[3][j], scale));
  const __m256i bytes = _mm256_max_epi8(_mm256_packs_epi16(ab, cd), _mm256_set1_epi8(-127));
  return _mm256_shuffle_epi8(bytes, to_words);
}

/// The largest byte of each word, in every byte of it.
static inline __m256i spread_maximum(__m256i x) {
  const __m256i swapped = _mm256_shufflehi_epi16(_mm256_shufflelo_epi16(x, 0xb1), 0xb1);
  const __m256i pairs = _mm256_max_epi8(x, swapped);
  return _mm256_max_epi8(pairs,
                         _mm256_or_si256(_mm256_slli_epi16(pairs, 8), _mm256_srli_epi16(pairs, 8)));
}

/// 4 queries' sums of 16 channels, which a saturating pack of their two halves puts in order,
/// normalised and rounded to int8.
__attribute__((always_inline)) static inline void store_outputs(const __m256i (&sums)[4][2],
                                                                const float* reciprocals,
                                                                std::int8_t* out) {
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const __m256 scale = _mm256_set1_ps(reciprocals[i]);
    const __m256i words =
        _mm256_packs_epi32(round_sum(sums[i][0], scale), round_sum(sums[i][1], scale));
    const __m128i bytes =
        _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i * kTile), bytes);
  }
}

/// A table of 256 bytes for vpshufb, which looks up 16 and gives 0 for an index with bit 7 set.
/// Part i is the table's entries 16 i ... 16 i + 15, combined by exclusive or with those before
/// them in the same half: looked up with an index that is 16 less from part to part, they add up to
/// the entry that is meant, for the parts after it are asked for negative indices.
static inline void split_table(const std::uint8_t* table, std::uint8_t* parts) {
  for (int i = 0; i < 256; i += 16) {
    const __m128i entries = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table + i));
    const __m128i before = i % 128 == 0
                               ? _mm_setzero_si128()
                               : _mm_loadu_si128(reinterpret_cast<const __m128i*>(table + i - 16));
    _mm_store_si128(reinterpret_cast<__m128i*>(parts + i), _mm_xor_si128(entries, before));
  }
}

/// The entry of each index from one half of the table, 0 for an index with bit 7 set.
static inline __m256i look_up_half(const std::uint8_t* half, __m256i index) {
  __m256i found = _mm256_setzero_si256();
#pragma GCC unroll 8
  for (int i = 0; i < 128; i += 16) {
    const __m128i part = _mm_load_si128(reinterpret_cast<const __m128i*>(half + i));
    const __m256i entries = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(part), index);
    found = _mm256_xor_si256(found, entries);
    asm("" : "+x"(found));  // one after the other, which needs few registers
    index = _mm256_subs_epi8(index, _mm256_set1_epi8(16));  // what is negative stays so
  }
  return found;
}

/// The entry of each index; `parts` as split_table gives them.
static inline __m256i look_up(const std::uint8_t* parts, __m256i index) {
  // Else the compiler loads the 16 parts once, for which it has too few registers.
  asm("" : "+r"(parts));
  const __m256i high = _mm256_xor_si256(index, _mm256_set1_epi8(static_cast<char>(0x80)));
  return _mm256_xor_si256(look_up_half(parts, index), look_up_half(parts + 128, high));
}

}  // namespace tessera::compute::kernels
