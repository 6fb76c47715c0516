// The steps of a tile's attention with AVX-512 VNNI, 16 queries or channels to a register. Included
// by variant files only, which put the steps together.
//
// vpdpbusd multiplies unsigned by signed bytes. Queries become unsigned by adding 128, which is
// taken back where the sums begin: sum (q + 128) k = sum q k + 128 sum k.
#pragma once

#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"

namespace tessera::compute::kernels {

/// 1.5 * 2^23: an integer of less than 2^22 added to its bits is added to the number that the bits
/// mean as a float. So a sum that begins here is a float32 without a conversion.
inline constexpr float kIntegerAsFloat = 12582912.0f;
inline constexpr int kIntegerAsFloatBits = 0x4B400000;

/// What a tile is packed into; fits in kTileScratchBytes.
struct PackedTile {
  alignas(64) std::uint32_t queries[16 * kTile];  // (d / 4, query, 4): 4 channels of 1 query, + 128
  alignas(64) std::uint32_t values[16 * kTile];   // (key / 4, channel, 4), channels in pack order
  alignas(64) std::uint32_t weights[16 * kTile];  // (key / 4, query, 4): scores, then weights
  alignas(64) std::int32_t key_start[kTile];      // where the sums of a key begin
  alignas(64) float reciprocals[kTile];           // of the sums of a query's weights
};
static_assert(sizeof(PackedTile) <= kTileScratchBytes);

/// a += b . c of 64 bytes each in groups of 4, b unsigned and c signed. An instruction by itself
/// because GCC 12 spills accumulators around the intrinsic.
static inline void dot_accumulate(__m512i& a, __m512i b, __m512i c) {
  asm("vpdpbusd %2, %1, %0" : "+v"(a) : "v"(b), "v"(c));
}

/// Transposes 16 x 16 words of 32 bits.
static inline void transpose_16x16(__m512i (&r)[16]) {
  __m512i t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
    r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
  }
  // r[4 * i + j] holds, for rows 4 i ... 4 i + 3, columns j, j + 4, j + 8, j + 12.
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    t[j] = _mm512_shuffle_i32x4(r[j], r[j + 4], 0x88);
    t[j + 4] = _mm512_shuffle_i32x4(r[j], r[j + 4], 0xdd);
    t[j + 8] = _mm512_shuffle_i32x4(r[j + 8], r[j + 12], 0x88);
    t[j + 12] = _mm512_shuffle_i32x4(r[j + 8], r[j + 12], 0xdd);
  }
#pragma GCC unroll 8
  for (int j = 0; j < 8; ++j) {
    r[j] = _mm512_shuffle_i32x4(t[j], t[j + 8], 0x88);
    r[j + 8] = _mm512_shuffle_i32x4(t[j], t[j + 8], 0xdd);
  }
}

/// (64 queries, 64) int8 to PackedTile::queries.
__attribute__((noinline, unused)) static void pack_queries(const std::int8_t* q, PackedTile& tile) {
  const __m512i flip = _mm512_set1_epi8(static_cast<char>(0x80));  // adds 128 to each byte
  for (int block = 0; block < kTile; block += 16) {
    __m512i rows[16];  // 16 queries of 16 groups of 4 channels
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
      rows[i] = _mm512_xor_si512(_mm512_loadu_si512(q + (block + i) * kTile), flip);
    }
    transpose_16x16(rows);
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
      _mm512_store_si512(tile.queries + i * kTile + block, rows[i]);
    }
  }
}

/// The start of each key's sums: the float's bits, less the 128 that were added to the queries.
__attribute__((noinline, unused)) static void sum_keys(const std::int8_t* k, PackedTile& tile) {
  const __m512i ones = _mm512_set1_epi8(1);
  for (int block = 0; block < kTile; block += 16) {
    __m512i rows[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
      rows[i] = _mm512_setzero_si512();
      dot_accumulate(rows[i], ones, _mm512_loadu_si512(k + (block + i) * kTile));
    }
    transpose_16x16(rows);
#pragma GCC unroll 4
    for (int half = 8; half > 0; half /= 2) {
#pragma GCC unroll 8
      for (int i = 0; i < half; ++i) rows[i] = _mm512_add_epi32(rows[i], rows[i + half]);
    }
    _mm512_store_si512(
        tile.key_start + block,
        _mm512_sub_epi32(_mm512_set1_epi32(kIntegerAsFloatBits), _mm512_slli_epi32(rows[0], 7)));
  }
}

/// (64 keys, 64) int8 to PackedTile::values: 4 keys of a channel to a word. Unpacking works within
/// 128-bit lanes, which leaves the channels in an order that the saturating packs of
/// weigh_values undo.
__attribute__((noinline, unused)) static void pack_values(const std::int8_t* v, PackedTile& tile) {
  for (int group = 0; group < 16; ++group) {
    const std::int8_t* rows = v + group * 4 * kTile;
    const __m512i a = _mm512_loadu_si512(rows);
    const __m512i b = _mm512_loadu_si512(rows + kTile);
    const __m512i c = _mm512_loadu_si512(rows + 2 * kTile);
    const __m512i d = _mm512_loadu_si512(rows + 3 * kTile);
    const __m512i ab_low = _mm512_unpacklo_epi8(a, b);
    const __m512i ab_high = _mm512_unpackhi_epi8(a, b);
    const __m512i cd_low = _mm512_unpacklo_epi8(c, d);
    const __m512i cd_high = _mm512_unpackhi_epi8(c, d);
    std::uint32_t* out = tile.values + group * kTile;
    _mm512_store_si512(out, _mm512_unpacklo_epi16(ab_low, cd_low));
    _mm512_store_si512(out + 16, _mm512_unpackhi_epi16(ab_low, cd_low));
    _mm512_store_si512(out + 32, _mm512_unpacklo_epi16(ab_high, cd_high));
    _mm512_store_si512(out + 48, _mm512_unpackhi_epi16(ab_high, cd_high));
  }
}

/// Clamps a score to [-127, 127] and rounds it; the low byte of each word is the result.
static inline __m512i round_score(__m512i sum, __m512 scale, __m512 offset) {
  const __m512 score = _mm512_fmadd_ps(_mm512_castsi512_ps(sum), scale, offset);
  // vrangeps, absolute minimum with the sign of the first: both ends in one instruction.
  const __m512 clamped = _mm512_range_ps(score, _mm512_set1_ps(127.0f), 0x2);
  return _mm512_castps_si512(_mm512_add_ps(clamped, _mm512_set1_ps(kIntegerAsFloat)));
}

/// The low bytes of four registers of words, side by side: byte i of each word comes from r[i].
static inline __m512i join_low_bytes(const __m512i (&r)[4]) {
  const __m512i low_byte = _mm512_set1_epi32(0xff);
  constexpr int kSelect = 0xe4;  // where the mask is set the first operand, else the second
  const __m512i low =
      _mm512_ternarylogic_epi32(r[0], _mm512_slli_epi32(r[1], 8), low_byte, kSelect);
  const __m512i high =
      _mm512_ternarylogic_epi32(r[2], _mm512_slli_epi32(r[3], 8), low_byte, kSelect);
  return _mm512_mask_blend_epi16(0xaaaaaaaa, low, _mm512_slli_epi32(high, 16));
}

/// Which operand of a 4 x 4 block of sums is the signed one.
enum class Signed { broadcast, registers };

/// sums[i][j] += row i of words times register j of words, for kGroups words of 4 bytes. A row's
/// words lie kWordStride bytes apart, the rows kRowStride bytes; the registers are 16 lanes of
/// (group, 64 lanes).
template <Signed kSigned, int kRowStride, int kWordStride, int kGroups = 16>
__attribute__((always_inline)) static inline void add_products(const void* rows,
                                                               const std::uint32_t* registers,
                                                               __m512i (&sums)[4][4]) {
#pragma GCC unroll 16
  for (int group = 0; group < kGroups; ++group) {
    __m512i lanes[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) lanes[j] = _mm512_load_si512(registers + group * kTile + j * 16);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      std::int32_t word;
      __builtin_memcpy(&word, static_cast<const char*>(rows) + i * kRowStride + group * kWordStride,
                       sizeof word);
      const __m512i words = _mm512_set1_epi32(word);
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        if constexpr (kSigned == Signed::broadcast) {
          dot_accumulate(sums[i][j], lanes[j], words);
        } else {
          dot_accumulate(sums[i][j], words, lanes[j]);
        }
      }
    }
  }
}

/// Sums that begin with one start for each of the four rows.
__attribute__((always_inline)) static inline void start_sums(const std::int32_t* starts,
                                                             __m512i (&sums)[4][4]) {
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) sums[i][j] = _mm512_set1_epi32(starts[i]);
  }
}

__attribute__((always_inline)) static inline void clear_sums(__m512i (&sums)[4][4]) {
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) sums[i][j] = _mm512_setzero_si512();
  }
}

/// Scores of all keys (rows) and queries (lanes), to int8 in PackedTile::weights. `best`: for each
/// query the maximum, in every byte of its word.
__attribute__((noinline, unused)) static void score_keys(const std::int8_t* k, float scale,
                                                         PackedTile& tile, __m512i (&best)[4]) {
  const __m512 scales = _mm512_set1_ps(scale);
  const __m512 offset = _mm512_set1_ps(-kIntegerAsFloat * scale);  // exact: scale is short
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) best[j] = _mm512_set1_epi8(-128);
  for (int key = 0; key < kTile; key += 4) {
    __m512i sums[4][4];  // (key, 16 queries)
    start_sums(tile.key_start + key, sums);
    add_products<Signed::broadcast, kTile, 4>(k + key * kTile, tile.queries, sums);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const __m512i rounded[4] = {
          round_score(sums[0][j], scales, offset), round_score(sums[1][j], scales, offset),
          round_score(sums[2][j], scales, offset), round_score(sums[3][j], scales, offset)};
      const __m512i scores = join_low_bytes(rounded);
      best[j] = _mm512_max_epi8(best[j], scores);
      _mm512_store_si512(tile.weights + key / 4 * kTile + j * 16, scores);
    }
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    best[j] = _mm512_max_epi8(best[j], _mm512_rol_epi32(best[j], 8));
    best[j] = _mm512_max_epi8(best[j], _mm512_rol_epi32(best[j], 16));
  }
}

/// Scores to weights by the table of 256 bytes, which four registers hold, and the reciprocals of
/// their sums.
__attribute__((noinline, unused)) static void weigh_keys(const std::uint8_t* table,
                                                         const __m512i (&best)[4],
                                                         PackedTile& tile) {
  const __m512i table0 = _mm512_loadu_si512(table);
  const __m512i table1 = _mm512_loadu_si512(table + 64);
  const __m512i table2 = _mm512_loadu_si512(table + 128);
  const __m512i table3 = _mm512_loadu_si512(table + 192);
  const __m512i ones = _mm512_set1_epi8(1);
  __m512i sums[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) sums[j] = _mm512_setzero_si512();
  for (int group = 0; group < 16; ++group) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      std::uint32_t* place = tile.weights + group * kTile + j * 16;
      const __m512i index = _mm512_sub_epi8(best[j], _mm512_load_si512(place));
      // Bit 7 of an index chooses the half of the table, the lower bits the entry.
      const __m512i weights = _mm512_mask_blend_epi8(
          _mm512_movepi8_mask(index), _mm512_permutex2var_epi8(table0, index, table1),
          _mm512_permutex2var_epi8(table2, index, table3));
      dot_accumulate(sums[j], weights, ones);
      _mm512_store_si512(place, weights);
    }
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    _mm512_store_ps(tile.reciprocals + j * 16,
                    _mm512_div_ps(_mm512_set1_ps(1.0f), _mm512_cvtepi32_ps(sums[j])));
  }
}

/// Four queries' sums of 64 channels in the order of pack_values, normalised and rounded to int8:
/// the two saturating packs restore the order that its unpacks changed.
__attribute__((always_inline)) static inline void store_rows(const __m512i (&sums)[4][4],
                                                             const float* reciprocals,
                                                             std::int8_t* out) {
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const __m512 scale = _mm512_set1_ps(reciprocals[i]);
    __m512i rounded[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      rounded[j] = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sums[i][j]), scale));
    }
    _mm512_storeu_si512(out + i * kTile,
                        _mm512_packs_epi16(_mm512_packs_epi32(rounded[0], rounded[1]),
                                           _mm512_packs_epi32(rounded[2], rounded[3])));
  }
}

/// The weighted sums of the values, 4 queries (rows) by 64 channels (lanes) at a time, to int8.
__attribute__((noinline, unused)) static void weigh_values(const PackedTile& tile,
                                                           std::int8_t* out) {
  for (int query = 0; query < kTile; query += 4) {
    __m512i sums[4][4];  // (query, 16 channels)
    clear_sums(sums);
    add_products<Signed::registers, 4, kTile * 4>(tile.weights + query, tile.values, sums);
    store_rows(sums, tile.reciprocals + query, out + query * kTile);
  }
}

}  // namespace tessera::compute::kernels
