// Both products in bfloat16, what a model that is not quantised would use: the price of the format
// in time, for its scores are those of int8 here. Step 5 of the seed's plan, the reference of
// precision.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_bf16_inl.h"

namespace tessera::compute::kernels {
namespace {

struct Bf16Tile {
  alignas(64) std::uint32_t queries[32 * kTile];  // (d / 2, query, 2)
  alignas(64) std::uint32_t keys[kTile * 32];     // (key, d / 2, 2)
  alignas(64) std::uint32_t values[32 * kTile];   // (key / 2, channel, 2)
  alignas(64) std::uint32_t weights[32 * kTile];  // (key / 2, query, 2)
  alignas(64) float scores[kTile * kTile];        // (key, query)
  alignas(64) float best[kTile];                  // of each query
  alignas(64) float reciprocals[kTile];           // of the sums of a query's weights
};
static_assert(sizeof(Bf16Tile) <= kTileScratchBytes);

// 32 neighbouring int8 to 16 words of pairs.
__m512i to_pairs(const std::int8_t* p) {
  const __m256i low = _mm512_cvtepi32_epi16(_mm512_srli_epi32(to_float_bits(p), 16));
  const __m256i high = _mm512_cvtepi32_epi16(_mm512_srli_epi32(to_float_bits(p + 16), 16));
  return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

// (64, 64) int8 to (64, 32, 2).
void widen_rows(const std::int8_t* from, std::uint32_t* to) {
  for (int i = 0; i < kTile * kTile; i += 32) _mm512_store_si512(to + i / 2, to_pairs(from + i));
}

__attribute__((noinline)) void pack(const TileAttentionParams& p, Bf16Tile& tile) {
  widen_rows(p.k, tile.keys);
  std::uint32_t* rows = tile.weights;  // not needed yet
  widen_rows(p.q, rows);
  for (int query = 0; query < kTile; query += 16) {
    for (int pair = 0; pair < 32; pair += 16) {
      __m512i block[16];  // 16 queries of 16 pairs of channels
#pragma GCC unroll 16
      for (int i = 0; i < 16; ++i) block[i] = _mm512_load_si512(rows + (query + i) * 32 + pair);
      transpose_16x16(block);
#pragma GCC unroll 16
      for (int i = 0; i < 16; ++i) {
        _mm512_store_si512(tile.queries + (pair + i) * kTile + query, block[i]);
      }
    }
  }
  pack_values_bf16(p.v, tile.values);
}

__attribute__((noinline)) void score(Bf16Tile& tile) {
  __m512 best[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) best[j] = _mm512_set1_ps(-2097152.0f);  // below every score
  for (int key = 0; key < kTile; key += 4) {
    __m512 sums[4][4];  // (key, 16 queries)
    add_pairs<32, 1>(tile.keys + key * 32, tile.queries, sums);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        best[j] = _mm512_max_ps(best[j], sums[i][j]);
        _mm512_store_ps(tile.scores + (key + i) * kTile + j * 16, sums[i][j]);
      }
    }
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) _mm512_store_ps(tile.best + j * 16, best[j]);
}

}  // namespace

const char* tile_attention_all_bf16_avx512_bf16(const TileAttentionParams& p) noexcept {
  Bf16Tile& tile = *reinterpret_cast<Bf16Tile*>(p.scratch);
  if (!p.operands_are_packed) pack(p, tile);
  score(tile);
  weigh_by_exp_bf16(p.nats_per_unit, tile.scores, tile.best, tile.weights, tile.reciprocals);
  weigh_values_bf16(tile.weights, tile.values, tile.reciprocals, p.out);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
