// The steps of a tile's attention with AVX-512 VNNI, 16 queries or channels to a register. Included
// by variant files only, which put the steps together.
#pragma once

#include "src/compute/kernels/tile_attention/tile_pack_avx512_inl.h"

namespace tessera::compute::kernels {

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

/// A table of 256 bytes in four registers.
struct ByteTable {
  __m512i parts[4];

  explicit ByteTable(const std::uint8_t* table) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) parts[i] = _mm512_loadu_si512(table + i * 64);
  }

  /// Bit 7 of an index chooses the half of the table, the lower bits the entry.
  __m512i look_up(__m512i index) const {
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(index),
                                  _mm512_permutex2var_epi8(parts[0], index, parts[1]),
                                  _mm512_permutex2var_epi8(parts[2], index, parts[3]));
  }
};

/// Scores to weights by the table, and the reciprocals of their sums.
__attribute__((noinline, unused)) static void weigh_keys(const std::uint8_t* exp_table,
                                                         const __m512i (&best)[4],
                                                         PackedTile& tile) {
  const ByteTable table(exp_table);
  const __m512i ones = _mm512_set1_epi8(1);
  __m512i sums[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) sums[j] = _mm512_setzero_si512();
  for (int group = 0; group < 16; ++group) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      std::uint32_t* place = tile.weights + group * kTile + j * 16;
      const __m512i weights = table.look_up(_mm512_sub_epi8(best[j], _mm512_load_si512(place)));
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

/// 64 rounded sums in the order of pack_values to int8 in the order of the channels: two saturating
/// packs undo what its unpacks changed.
static inline void store_row(const __m512i (&rounded)[4], std::int8_t* out) {
  _mm512_storeu_si512(out, _mm512_packs_epi16(_mm512_packs_epi32(rounded[0], rounded[1]),
                                              _mm512_packs_epi32(rounded[2], rounded[3])));
}

/// Four queries' sums of 64 channels in that order, normalised and rounded to int8.
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
    store_row(rounded, out + i * kTile);
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
