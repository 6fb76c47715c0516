// The best keys of 64 queries at once: the score of the k-th best is found bit by bit, by counting
// the keys above a candidate. The other keys' weights become 0; no product is saved, since every
// query keeps other keys. Option B of the seed's plan.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_avx512_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kGroups = kTile / 4;  // of 4 keys, whose scores share a word

// For 16 queries, in every byte of their words: the score of the k-th best key, plus 128.
__m512i threshold(const std::uint32_t* scores, int k) {
  const __m512i flip = _mm512_set1_epi8(static_cast<char>(0x80));
  const __m512i ones = _mm512_set1_epi8(1);
  __m512i found = _mm512_setzero_si512();
  for (int bit = 0x80; bit > 0; bit >>= 1) {
    const __m512i candidate = _mm512_or_si512(found, _mm512_set1_epi8(static_cast<char>(bit)));
    __m512i above = _mm512_setzero_si512();
    for (int group = 0; group < kGroups; ++group) {
      const __m512i shifted = _mm512_xor_si512(_mm512_load_si512(scores + group * kTile), flip);
      const __mmask64 is_above = _mm512_cmpge_epu8_mask(shifted, candidate);
      dot_accumulate(above, _mm512_maskz_mov_epi8(is_above, ones), ones);
    }
    const __mmask16 enough = _mm512_cmpge_epi32_mask(above, _mm512_set1_epi32(k));
    found = _mm512_mask_mov_epi32(found, enough, candidate);
  }
  return found;
}

// Scores to weights, of the best keys alone, and the reciprocals of their sums.
__attribute__((noinline)) void weigh_best_keys(const TileAttentionParams& p,
                                               const __m512i (&best)[4], PackedTile& tile) {
  const ByteTable table(p.exp_table);
  const __m512i flip = _mm512_set1_epi8(static_cast<char>(0x80));
  const __m512i ones = _mm512_set1_epi8(1);
  for (int j = 0; j < 4; ++j) {
    const __m512i least = threshold(tile.weights + j * 16, p.top_k);
    __m512i sums = _mm512_setzero_si512();
    for (int group = 0; group < kGroups; ++group) {
      std::uint32_t* place = tile.weights + group * kTile + j * 16;
      const __m512i scores = _mm512_load_si512(place);
      const __mmask64 counts = _mm512_cmpge_epu8_mask(_mm512_xor_si512(scores, flip), least);
      const __m512i weights =
          _mm512_maskz_mov_epi8(counts, table.look_up(_mm512_sub_epi8(best[j], scores)));
      dot_accumulate(sums, weights, ones);
      _mm512_store_si512(place, weights);
    }
    _mm512_store_ps(tile.reciprocals + j * 16,
                    _mm512_div_ps(_mm512_set1_ps(1.0f), _mm512_cvtepi32_ps(sums)));
  }
}

}  // namespace

const char* tile_attention_sparse_top_k_avx512_vnni(const TileAttentionParams& p) noexcept {
  PackedTile& tile = *reinterpret_cast<PackedTile*>(p.scratch);
  if (!p.operands_are_packed) pack_tile(p, tile);
  __m512i best[4];
  score_keys(p.k, p.score_scale, tile, best);
  weigh_best_keys(p, best, tile);
  weigh_values(tile, p.out);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
