// The steps of a tile's attention with AVX2, 8 queries or channels to a register. Included by
// variant files only.
//
// vpmaddubsw would multiply 32 bytes at once, but its sums of two products saturate at 16 bits
// unless one operand has 7 bits, and then a second multiplication has to widen them. vpmaddwd on
// bytes widened while packing takes as many instructions and is exact for all operands.
#pragma once

#include "src/compute/kernels/tile_attention/tile_256_inl.h"

namespace tessera::compute::kernels {

/// What a tile is packed into: pairs of 16-bit numbers.
struct WideTile {
  alignas(64) std::int32_t queries[32 * kTile];   // (d / 2, query, 2)
  alignas(64) std::int32_t keys[32 * kTile];      // (key, d / 2, 2)
  alignas(64) std::int32_t values[32 * kTile];    // (key / 2, channel, 2), channels in pack order
  alignas(64) std::int32_t weights[32 * kTile];   // (key / 4, query, 4)
  alignas(64) std::int8_t scores[kTile * kTile];  // (key / 4, query, 4)
  alignas(64) std::uint8_t table[256];            // as look_up wants it
  alignas(64) float reciprocals[kTile];           // of the sums of a query's weights
};
static_assert(sizeof(WideTile) <= kTileScratchBytes);

/// sum += a . b in pairs of 16-bit numbers. The addition is an instruction by itself because GCC 12
/// would add products first, two at a time, and then has too few registers for the sums.
static inline void pair_accumulate(__m256i& sum, __m256i a, __m256i b) {
  const __m256i product = _mm256_madd_epi16(a, b);
  asm("vpaddd %1, %0, %0" : "+x"(sum) : "x"(product));
}

/// 16 bytes to 16 numbers of 16 bits.
static inline __m256i widen(const std::int8_t* p) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

/// (64 queries, 64) int8 to WideTile::queries.
__attribute__((noinline, unused)) static void pack_queries(const std::int8_t* q, WideTile& tile) {
  for (int query = 0; query < kTile; query += 8) {
    for (int d = 0; d < kTile; d += 16) {
      __m256i rows[8];
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) rows[i] = widen(q + (query + i) * kTile + d);
      transpose_8x8(rows);
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) {
        _mm256_store_si256(as_256(tile.queries + (d / 2 + i) * kTile + query), rows[i]);
      }
    }
  }
}

/// (64 keys, 64) int8 to WideTile::keys.
__attribute__((noinline, unused)) static void pack_keys(const std::int8_t* k, WideTile& tile) {
  for (int i = 0; i < kTile * kTile; i += 16) {
    _mm256_store_si256(as_256(tile.keys + i / 2), widen(k + i));
  }
}

/// (64 keys, 64) int8 to WideTile::values. Unpacking works within halves of a register, which
/// leaves each 16 channels in the order 0-3, 8-11, 4-7, 12-15; a saturating pack undoes that.
__attribute__((noinline, unused)) static void pack_values(const std::int8_t* v, WideTile& tile) {
  for (int key = 0; key < kTile; key += 2) {
#pragma GCC unroll 4
    for (int channel = 0; channel < kTile; channel += 16) {
      const __m256i a = widen(v + key * kTile + channel);
      const __m256i b = widen(v + (key + 1) * kTile + channel);
      std::int32_t* out = tile.values + key / 2 * kTile + channel;
      _mm256_store_si256(as_256(out), _mm256_unpacklo_epi16(a, b));
      _mm256_store_si256(as_256(out + 8), _mm256_unpackhi_epi16(a, b));
    }
  }
}

/// sums[i][j] += row i of pairs times register j of pairs, for 32 pairs. A row's pairs 2 g and
/// 2 g + 1 lie at kGroupStride * g words and the word behind it, rows kRowStride words apart.
template <int kRowStride, int kGroupStride>
__attribute__((always_inline)) static inline void add_pairs(const std::int32_t* rows,
                                                            const std::int32_t* registers,
                                                            __m256i (&sums)[4][2]) {
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) sums[i][0] = sums[i][1] = _mm256_setzero_si256();
#pragma GCC unroll 16
  for (int group = 0; group < 16; ++group) {
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      const std::int32_t* place = registers + (group * 2 + half) * kTile;
      const __m256i lanes0 = _mm256_load_si256(as_256(place));
      const __m256i lanes1 = _mm256_load_si256(as_256(place + 8));
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        const __m256i pair = _mm256_set1_epi32(rows[i * kRowStride + group * kGroupStride + half]);
        pair_accumulate(sums[i][0], pair, lanes0);
        pair_accumulate(sums[i][1], pair, lanes1);
      }
    }
  }
}

/// Scores of all keys (rows) and queries (lanes), to int8 in WideTile::scores. `best`: for each
/// query the maximum, in every byte of its word.
__attribute__((noinline, unused)) static void score_keys(float scale, WideTile& tile,
                                                         __m256i (&best)[8]) {
  const __m256 scales = _mm256_set1_ps(scale);
  const __m256i lowest = _mm256_set1_epi8(-127);
  for (int query = 0; query < kTile; query += 16) {
    __m256i most[2] = {lowest, lowest};
    for (int key = 0; key < kTile; key += 4) {
      __m256i sums[4][2];  // (key, 8 queries)
      add_pairs<32, 2>(tile.keys + key * 32, tile.queries + query, sums);
#pragma GCC unroll 2
      for (int j = 0; j < 2; ++j) {
        const __m256i scores = round_scores(sums, j, scales);
        most[j] = _mm256_max_epi8(most[j], scores);
        _mm256_store_si256(as_256(tile.scores + (key / 4 * kTile + query + j * 8) * 4), scores);
      }
    }
#pragma GCC unroll 2
    for (int j = 0; j < 2; ++j) {
      best[query / 8 + j] = spread_maximum(most[j]);
    }
  }
}

/// Scores to weights by the table, and the reciprocals of their sums.
__attribute__((noinline, unused)) static void weigh_keys(const std::uint8_t* exp_table,
                                                         const __m256i (&best)[8], WideTile& tile) {
  split_table(exp_table, tile.table);
  const __m256i ones = _mm256_set1_epi8(1), ones_16 = _mm256_set1_epi16(1);
  for (int block = 0; block < 8; ++block) {
    __m256i sums = _mm256_setzero_si256();
    for (int group = 0; group < 16; ++group) {
      const int place = group * kTile + block * 8;
      const __m256i scores = _mm256_load_si256(as_256(tile.scores + place * 4));
      const __m256i weights = look_up(tile.table, _mm256_sub_epi8(best[block], scores));
      sums =
          _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_maddubs_epi16(weights, ones), ones_16));
      std::int32_t* out = tile.weights + place * 2;
      _mm256_store_si256(as_256(out), _mm256_cvtepu8_epi16(_mm256_castsi256_si128(weights)));
      _mm256_store_si256(as_256(out + 8),
                         _mm256_cvtepu8_epi16(_mm256_extracti128_si256(weights, 1)));
    }
    _mm256_store_ps(tile.reciprocals + block * 8,
                    _mm256_div_ps(_mm256_set1_ps(1.0f), _mm256_cvtepi32_ps(sums)));
  }
}

/// The weighted sums of the values, 4 queries (rows) by 16 channels (lanes) at a time, to int8.
__attribute__((noinline, unused)) static void weigh_values(const WideTile& tile, std::int8_t* out) {
  for (int channel = 0; channel < kTile; channel += 16) {
    for (int query = 0; query < kTile; query += 4) {
      __m256i sums[4][2];  // (query, 8 channels)
      add_pairs<2, 2 * kTile>(tile.weights + query * 2, tile.values + channel, sums);
      store_outputs(sums, tile.reciprocals + query, out + query * kTile + channel);
    }
  }
}

}  // namespace tessera::compute::kernels
