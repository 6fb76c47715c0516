// Keys and values in 4 bits, half the bytes to keep and to read. Step 5 of the seed's plan, option
// A.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_int4_avx512_inl.h"

namespace tessera::compute::kernels {
namespace {

struct Int4Tile {
  ExactTile exact;
  alignas(64) std::uint32_t keys[kTile * 8];    // (key, d / 8, 4 bytes): d 8 g ... 8 g + 3 low
  alignas(64) std::uint32_t values[8 * kTile];  // as pack_values_int4 gives them
};
static_assert(sizeof(Int4Tile) <= kTileScratchBytes);

__attribute__((noinline)) void pack_keys_int4(const std::int8_t* k, Int4Tile& tile) {
  alignas(64) std::int8_t nibbles[kTile * kTile];
  to_nibbles(k, nibbles);
  sum_keys(nibbles, tile.exact.packed);
  for (int key = 0; key < kTile; ++key) {
    const __m512i row = _mm512_load_si512(nibbles + key * kTile);
    // Of each 8 bytes the first four, with the next four in their high nibbles.
    const __m512i both = _mm512_or_si512(row, _mm512_srli_epi64(row, 28));
    _mm256_store_si256(reinterpret_cast<__m256i*>(tile.keys + key * 8),
                       _mm512_cvtepi64_epi32(both));
  }
}

__attribute__((noinline)) void score_int4(Int4Tile& tile) {
  __m512 best[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) best[j] = _mm512_set1_ps(kNoScore);
  for (int key = 0; key < kTile; key += 4) {
    __m512i sums[4][4];  // (key, 16 queries)
    start_sums(tile.exact.packed.key_start + key, sums);
#pragma GCC unroll 8
    for (int group = 0; group < 8; ++group) {
      const std::uint32_t* lanes = tile.exact.packed.queries + group * 2 * kTile;
      __m512i low[4], high[4];  // 16 queries
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        low[j] = _mm512_load_si512(lanes + j * 16);
        high[j] = _mm512_load_si512(lanes + kTile + j * 16);
      }
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        const __m512i packed =
            _mm512_set1_epi32(static_cast<int>(tile.keys[(key + i) * 8 + group]));
        const __m512i first = low_nibbles(packed), second = high_nibbles(packed);
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) dot_accumulate(sums[i][j], low[j], first);
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) dot_accumulate(sums[i][j], high[j], second);
      }
    }
    store_scores(sums, tile.exact.scores + key * kTile, best);
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) _mm512_store_ps(tile.exact.best + j * 16, best[j]);
}

}  // namespace

const char* tile_attention_int4_kv_avx512_vnni(const TileAttentionParams& p) noexcept {
  Int4Tile& tile = *reinterpret_cast<Int4Tile*>(p.scratch);
  if (!p.operands_are_packed) {
    pack_queries(p.q, tile.exact.packed);
    pack_keys_int4(p.k, tile);
    pack_values_int4(p.v, tile.exact.packed, tile.values);
  }
  score_int4(tile);
  weigh_by_exp(16.0f * p.nats_per_unit, tile.exact);
  weigh_values_int4(tile.exact.packed, tile.values, p.out);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
