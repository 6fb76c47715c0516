// Keys in lanes, the layout that a transposed K gives: a row of scores is 64 bytes, one register,
// and its softmax is within the register. Step 3 of the seed's plan, option A, with steps 1 and 2.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_avx512_inl.h"

namespace tessera::compute::kernels {
namespace {

// The maximum of 64 bytes, in every byte.
__m512i spread_maximum(__m512i x) {
  x = _mm512_max_epi8(x, _mm512_shuffle_i64x2(x, x, 0x4e));
  x = _mm512_max_epi8(x, _mm512_shuffle_i64x2(x, x, 0xb1));
  x = _mm512_max_epi8(x, _mm512_shuffle_epi32(x, _MM_PERM_BADC));
  x = _mm512_max_epi8(x, _mm512_shuffle_epi32(x, _MM_PERM_CDAB));
  x = _mm512_max_epi8(x, _mm512_rol_epi32(x, 16));
  return _mm512_max_epi8(x, _mm512_rol_epi32(x, 8));
}

// 64 scores of one query to their weights, and the reciprocal of the sum.
__m512i weigh_row(const ByteTable& table, __m512i scores, float& reciprocal) {
  const __m512i weights = table.look_up(_mm512_sub_epi8(spread_maximum(scores), scores));
  const __m512i sums = _mm512_sad_epu8(weights, _mm512_setzero_si512());
  reciprocal = 1.0f / static_cast<float>(_mm512_reduce_add_epi64(sums));
  return weights;
}

// The scores of 4 queries (rows) and 64 keys (lanes), to int8 in the order of the keys.
__attribute__((noinline)) void score_rows(const std::int8_t* q, float scale, PackedTile& tile) {
  const __m512 scales = _mm512_set1_ps(scale);
  const __m512 offset = _mm512_set1_ps(-kIntegerAsFloat * scale);
  for (int query = 0; query < kTile; query += 4) {
    __m512i sums[4][4];  // (query, 16 keys)
    start_sums(tile.key_start + query, sums);
    add_products<Signed::broadcast, kTile, 4>(q + query * kTile, tile.queries, sums);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      std::uint32_t* row = tile.weights + (query + i) * kTile / 4;
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        const __m512i scores = round_score(sums[i][j], scales, offset);
        _mm_store_si128(reinterpret_cast<__m128i*>(row + j * 4), _mm512_cvtepi32_epi8(scores));
      }
    }
  }
}

}  // namespace

// The packed tile with the two operands of the scores exchanged: keys lie where other variants have
// queries, with 128 added, and the sums begin with what that adds to a query's.
const char* tile_attention_k_transposed_avx512_vnni(const TileAttentionParams& p) noexcept {
  PackedTile& tile = *reinterpret_cast<PackedTile*>(p.scratch);
  if (!p.operands_are_packed) {
    pack_queries(p.k, tile);
    sum_keys(p.q, tile);
    pack_values(p.v, tile);
  }
  score_rows(p.q, p.score_scale, tile);
  const ByteTable table(p.exp_table);
  for (int query = 0; query < kTile; ++query) {
    std::uint32_t* row = tile.weights + query * kTile / 4;
    _mm512_store_si512(row, weigh_row(table, _mm512_load_si512(row), tile.reciprocals[query]));
  }
  for (int query = 0; query < kTile; query += 4) {
    __m512i sums[4][4];  // (query, 16 channels)
    clear_sums(sums);
    add_products<Signed::registers, kTile, 4>(tile.weights + query * kTile / 4, tile.values, sums);
    store_rows(sums, tile.reciprocals + query, p.out + query * kTile);
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
