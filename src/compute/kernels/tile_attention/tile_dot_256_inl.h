// Queries in 8 lanes and a dot product of four bytes: the layout of lanes_avx512_vnni, the rest as
// lanes_avx2. A variant file declares dot_accumulate(sum, a, b), which adds a . b in groups of 4, a
// unsigned, and then includes this.
#pragma once

#include "src/compute/kernels/tile_attention/tile_256_inl.h"

namespace tessera::compute::kernels {
namespace {

struct PackedTile {
  alignas(64) std::int32_t queries[16 * kTile];  // (d / 4, query, 4), + 128 as vpdpbusd wants
  alignas(64) std::int32_t values[16 * kTile];   // (key / 4, channel, 4), channels in pack order
  alignas(64) std::int32_t weights[16 * kTile];  // (key / 4, query, 4): scores, then weights
  alignas(64) std::int32_t key_start[kTile];     // -128 times the sum of a key
  alignas(64) std::uint8_t table[256];           // as look_up wants it
  alignas(64) float reciprocals[kTile];          // of the sums of a query's weights
};
static_assert(sizeof(PackedTile) <= kTileScratchBytes);

}  // namespace

static std::int32_t load_word(const void* p) {
  std::int32_t word;
  __builtin_memcpy(&word, p, sizeof word);
  return word;
}

__attribute__((noinline)) static void pack_queries(const std::int8_t* q, PackedTile& tile) {
  const __m256i flip = _mm256_set1_epi8(static_cast<char>(0x80));  // adds 128 to each byte
  for (int query = 0; query < kTile; query += 8) {
    for (int d = 0; d < kTile; d += 32) {
      __m256i rows[8];
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) {
        rows[i] = _mm256_xor_si256(_mm256_loadu_si256(as_256(q + (query + i) * kTile + d)), flip);
      }
      transpose_8x8(rows);
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) {
        _mm256_store_si256(as_256(tile.queries + (d / 4 + i) * kTile + query), rows[i]);
      }
    }
  }
}

__attribute__((noinline)) static void sum_keys(const std::int8_t* k, PackedTile& tile) {
  const __m256i ones = _mm256_set1_epi8(1);
  for (int key = 0; key < kTile; key += 8) {
    __m256i rows[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
      const std::int8_t* row = k + (key + i) * kTile;
      rows[i] = _mm256_setzero_si256();
      dot_accumulate(rows[i], ones, _mm256_loadu_si256(as_256(row)));
      dot_accumulate(rows[i], ones, _mm256_loadu_si256(as_256(row + 32)));
    }
    transpose_8x8(rows);
#pragma GCC unroll 7
    for (int i = 1; i < 8; ++i) rows[0] = _mm256_add_epi32(rows[0], rows[i]);
    _mm256_store_si256(as_256(tile.key_start + key),
                       _mm256_sub_epi32(_mm256_setzero_si256(), _mm256_slli_epi32(rows[0], 7)));
  }
}

// Each 16 channels end in the order 0-3, 8-11, 4-7, 12-15, which store_outputs puts right.
__attribute__((noinline)) static void pack_values(const std::int8_t* v, PackedTile& tile) {
  for (int group = 0; group < 16; ++group) {
    for (int channel = 0; channel < kTile; channel += 16) {
      __m128i rows[4];
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        rows[i] = _mm_loadu_si128(
            reinterpret_cast<const __m128i*>(v + (group * 4 + i) * kTile + channel));
      }
      const __m128i ab_low = _mm_unpacklo_epi8(rows[0], rows[1]);
      const __m128i ab_high = _mm_unpackhi_epi8(rows[0], rows[1]);
      const __m128i cd_low = _mm_unpacklo_epi8(rows[2], rows[3]);
      const __m128i cd_high = _mm_unpackhi_epi8(rows[2], rows[3]);
      std::int32_t* out = tile.values + group * kTile + channel;
      _mm256_store_si256(as_256(out), _mm256_setr_m128i(_mm_unpacklo_epi16(ab_low, cd_low),
                                                        _mm_unpacklo_epi16(ab_high, cd_high)));
      _mm256_store_si256(as_256(out + 8), _mm256_setr_m128i(_mm_unpackhi_epi16(ab_low, cd_low),
                                                            _mm_unpackhi_epi16(ab_high, cd_high)));
    }
  }
}

__attribute__((noinline)) static void score_keys(const std::int8_t* k, float scale,
                                                 PackedTile& tile, __m256i (&best)[8]) {
  const __m256 scales = _mm256_set1_ps(scale);
  for (int query = 0; query < kTile; query += 16) {
    __m256i most[2] = {_mm256_set1_epi8(-127), _mm256_set1_epi8(-127)};
    for (int key = 0; key < kTile; key += 4) {
      __m256i sums[4][2];  // (key, 8 queries)
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        sums[i][0] = sums[i][1] = _mm256_set1_epi32(tile.key_start[key + i]);
      }
#pragma GCC unroll 16
      for (int group = 0; group < 16; ++group) {
        const std::int32_t* queries = tile.queries + group * kTile + query;
        const __m256i lanes0 = _mm256_load_si256(as_256(queries));
        const __m256i lanes1 = _mm256_load_si256(as_256(queries + 8));
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
          const __m256i word = _mm256_set1_epi32(load_word(k + (key + i) * kTile + group * 4));
          dot_accumulate(sums[i][0], lanes0, word);
          dot_accumulate(sums[i][1], lanes1, word);
        }
      }
#pragma GCC unroll 2
      for (int j = 0; j < 2; ++j) {
        const __m256i scores = round_scores(sums, j, scales);
        most[j] = _mm256_max_epi8(most[j], scores);
        _mm256_store_si256(as_256(tile.weights + key / 4 * kTile + query + j * 8), scores);
      }
    }
#pragma GCC unroll 2
    for (int j = 0; j < 2; ++j) best[query / 8 + j] = spread_maximum(most[j]);
  }
}

__attribute__((noinline)) static void weigh_keys(const std::uint8_t* exp_table,
                                                 const __m256i (&best)[8], PackedTile& tile) {
  split_table(exp_table, tile.table);
  const __m256i ones = _mm256_set1_epi8(1);
  for (int block = 0; block < 8; ++block) {
    __m256i sums = _mm256_setzero_si256();
    for (int group = 0; group < 16; ++group) {
      __m256i* place = as_256(tile.weights + group * kTile + block * 8);
      const __m256i weights =
          look_up(tile.table, _mm256_sub_epi8(best[block], _mm256_load_si256(place)));
      dot_accumulate(sums, weights, ones);
      _mm256_store_si256(place, weights);
    }
    _mm256_store_ps(tile.reciprocals + block * 8,
                    _mm256_div_ps(_mm256_set1_ps(1.0f), _mm256_cvtepi32_ps(sums)));
  }
}

__attribute__((noinline)) static void weigh_values(const PackedTile& tile, std::int8_t* out) {
  for (int channel = 0; channel < kTile; channel += 16) {
    for (int query = 0; query < kTile; query += 4) {
      __m256i sums[4][2];  // (query, 8 channels)
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) sums[i][0] = sums[i][1] = _mm256_setzero_si256();
#pragma GCC unroll 16
      for (int group = 0; group < 16; ++group) {
        const std::int32_t* values = tile.values + group * kTile + channel;
        const __m256i lanes0 = _mm256_load_si256(as_256(values));
        const __m256i lanes1 = _mm256_load_si256(as_256(values + 8));
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
          const __m256i word = _mm256_set1_epi32(tile.weights[group * kTile + query + i]);
          dot_accumulate(sums[i][0], word, lanes0);
          dot_accumulate(sums[i][1], word, lanes1);
        }
      }
      store_outputs(sums, tile.reciprocals + query, out + query * kTile + channel);
    }
  }
}

static void attend(const TileAttentionParams& p) {
  PackedTile& tile = *reinterpret_cast<PackedTile*>(p.scratch);
  if (!p.operands_are_packed) {
    pack_queries(p.q, tile);
    sum_keys(p.k, tile);
    pack_values(p.v, tile);
  }
  __m256i best[8];
  score_keys(p.k, p.score_scale, tile, best);
  weigh_keys(p.exp_table, best, tile);
  weigh_values(tile, p.out);
}

}  // namespace tessera::compute::kernels
