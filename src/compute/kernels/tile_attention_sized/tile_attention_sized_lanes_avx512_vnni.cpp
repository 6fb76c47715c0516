// lanes_avx512_vnni of tile_attention for other sizes: 1 to 4 registers of queries, and as many
// keys at a time as give enough sums to hide what a multiplication takes. Step 4 of the seed's
// plan; 48 x 96 is what fits an encoder's blocks of 48 tokens.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_avx512_inl.h"

namespace tessera::compute::kernels {
namespace {

struct SizedTile {
  alignas(64) std::uint32_t queries[16 * kMostTileQueries];     // (d / 4, query, 4), + 128
  alignas(64) std::uint32_t values[kMostTileKeys / 4 * kTile];  // (key / 4, channel, 4)
  alignas(64) std::uint32_t weights[kMostTileKeys / 4 * kMostTileQueries];  // (key / 4, query, 4)
  alignas(64) std::int32_t key_start[kMostTileKeys];
  alignas(64) float reciprocals[kMostTileQueries];
};
static_assert(sizeof(SizedTile) <= kTileScratchBytes);

// Keys that go with a number of registers of queries: 16 to 24 sums.
constexpr int keys_at_once(int lanes) { return lanes == 1 ? 16 : lanes == 4 ? 4 : 8; }

// sums[i][j] += key i times the 16 queries j.
template <int kLanes>
__attribute__((always_inline)) inline void add_keys(const std::int8_t* k,
                                                    const std::uint32_t* queries,
                                                    __m512i (&sums)[keys_at_once(kLanes)][kLanes]) {
  constexpr int kKeys = keys_at_once(kLanes);
#pragma GCC unroll 16
  for (int group = 0; group < 16; ++group) {
    __m512i lanes[kLanes];
#pragma GCC unroll 4
    for (int j = 0; j < kLanes; ++j) {
      lanes[j] = _mm512_load_si512(queries + group * kTile + j * 16);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kKeys; ++i) {
      std::int32_t word;
      __builtin_memcpy(&word, k + i * kTile + group * 4, sizeof word);
      const __m512i channels = _mm512_set1_epi32(word);
#pragma GCC unroll 4
      for (int j = 0; j < kLanes; ++j) dot_accumulate(sums[i][j], lanes[j], channels);
    }
  }
}

template <int kLanes>
__attribute__((noinline)) void score(const TileAttentionSizedParams& p, SizedTile& tile,
                                     __m512i (&best)[kLanes]) {
  constexpr int kKeys = keys_at_once(kLanes);
  const __m512 scales = _mm512_set1_ps(p.score_scale);
  const __m512 offset = _mm512_set1_ps(-kIntegerAsFloat * p.score_scale);
#pragma GCC unroll 4
  for (int j = 0; j < kLanes; ++j) best[j] = _mm512_set1_epi8(-128);
  for (int key = 0; key < p.keys; key += kKeys) {
    __m512i sums[kKeys][kLanes];  // (key, 16 queries)
#pragma GCC unroll 16
    for (int i = 0; i < kKeys; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < kLanes; ++j) sums[i][j] = _mm512_set1_epi32(tile.key_start[key + i]);
    }
    add_keys<kLanes>(p.k + key * kTile, tile.queries, sums);
#pragma GCC unroll 4
    for (int i = 0; i < kKeys; i += 4) {
#pragma GCC unroll 4
      for (int j = 0; j < kLanes; ++j) {
        const __m512i rounded[4] = {round_score(sums[i][j], scales, offset),
                                    round_score(sums[i + 1][j], scales, offset),
                                    round_score(sums[i + 2][j], scales, offset),
                                    round_score(sums[i + 3][j], scales, offset)};
        const __m512i scores = join_low_bytes(rounded);
        best[j] = _mm512_max_epi8(best[j], scores);
        _mm512_store_si512(tile.weights + (key + i) / 4 * kTile + j * 16, scores);
      }
    }
  }
#pragma GCC unroll 4
  for (int j = 0; j < kLanes; ++j) {
    best[j] = _mm512_max_epi8(best[j], _mm512_rol_epi32(best[j], 8));
    best[j] = _mm512_max_epi8(best[j], _mm512_rol_epi32(best[j], 16));
  }
}

__attribute__((noinline)) void weigh(const TileAttentionSizedParams& p, const __m512i* best,
                                     SizedTile& tile) {
  const ByteTable table(p.exp_table);
  const __m512i ones = _mm512_set1_epi8(1);
  for (int query = 0; query < p.queries; query += 16) {
    const __m512i most = best[query / 16];
    __m512i sums = _mm512_setzero_si512();
    for (int group = 0; group < p.keys / 4; ++group) {
      std::uint32_t* place = tile.weights + group * kTile + query;
      const __m512i weights = table.look_up(_mm512_sub_epi8(most, _mm512_load_si512(place)));
      dot_accumulate(sums, weights, ones);
      _mm512_store_si512(place, weights);
    }
    _mm512_store_ps(tile.reciprocals + query,
                    _mm512_div_ps(_mm512_set1_ps(1.0f), _mm512_cvtepi32_ps(sums)));
  }
}

__attribute__((noinline)) void average(const TileAttentionSizedParams& p, const SizedTile& tile) {
  for (int query = 0; query < p.queries; query += 4) {
    __m512i sums[4][4];  // (query, 16 channels)
    clear_sums(sums);
    for (int group = 0; group < p.keys / 4; group += 4) {
      add_products<Signed::registers, 4, kTile * 4, 4>(tile.weights + group * kTile + query,
                                                       tile.values + group * kTile, sums);
    }
    store_rows(sums, tile.reciprocals + query, p.out + query * kTile);
  }
}

template <int kLanes>
void attend(const TileAttentionSizedParams& p, SizedTile& tile) {
  __m512i best[kLanes];
  score<kLanes>(p, tile, best);
  weigh(p, best, tile);
  average(p, tile);
}

}  // namespace

const char* tile_attention_sized_lanes_avx512_vnni(const TileAttentionSizedParams& p) noexcept {
  SizedTile& tile = *reinterpret_cast<SizedTile*>(p.scratch);
  if (!p.operands_are_packed) {
    pack_queries(p.q, tile, p.queries);
    sum_keys(p.k, tile, p.keys);
    pack_values(p.v, tile, p.keys);
  }
  switch (p.queries / kTileSizeStep) {
    case 1:
      attend<1>(p, tile);
      break;
    case 2:
      attend<2>(p, tile);
      break;
    case 3:
      attend<3>(p, tile);
      break;
    default:
      attend<4>(p, tile);
      break;
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
