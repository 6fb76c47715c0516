// Softmax while keys go by: the running maximum decides the weights, and what was summed before is
// scaled when it rises (Milakov and Gimelshein 2018). Included by variant files only.
#pragma once

#include "src/compute/kernels/tile_attention/tile_exp_avx512_inl.h"

namespace tessera::compute::kernels {

/// What is known of 64 queries while Keys keys at a time go by.
template <int Keys>
struct RunningTile {
  PackedTile packed;
  alignas(64) float scores[Keys * kTile];  // (key, query)
  alignas(64) float best[kTile];           // so far, of each query
  alignas(64) float new_best[kTile];       // with the keys of this step
  alignas(64) float totals[kTile];         // sum of the weights
  alignas(64) float rescale[kTile];        // what the rise of the maximum makes of older sums
  alignas(64) float sums[kTile * kTile];   // (query, channel), channels in pack order
};

/// Before the first key.
template <int Keys>
static void start_running(RunningTile<Keys>& tile) {
  for (int query = 0; query < kTile; query += 16) {
    _mm512_store_ps(tile.best + query, _mm512_set1_ps(kNoScore));
    _mm512_store_ps(tile.new_best + query, _mm512_set1_ps(kNoScore));
    _mm512_store_ps(tile.totals + query, _mm512_setzero_ps());
  }
  for (int i = 0; i < kTile * kTile; i += 16) {
    _mm512_store_ps(tile.sums + i, _mm512_setzero_ps());
  }
}

/// The scores of a step to weights, with new_best as the maxima from here on.
template <int Keys>
__attribute__((noinline)) static void weigh_step(float nats_per_unit, RunningTile<Keys>& tile) {
  const __m512 scale = scale_of_exp2(nats_per_unit);
  const __m512i ones = _mm512_set1_epi8(1);
  for (int query = 0; query < kTile; query += 16) {
    const __m512 best = _mm512_load_ps(tile.new_best + query);
    const __m512 risen = _mm512_sub_ps(_mm512_load_ps(tile.best + query), best);
    // Exactly 1 where nothing rises, which the polynomial is not.
    const __mmask16 rises = _mm512_cmp_ps_mask(risen, _mm512_setzero_ps(), _CMP_LT_OQ);
    const __m512 rescale =
        _mm512_mask_mov_ps(_mm512_set1_ps(1.0f), rises, exp2_negative(_mm512_mul_ps(risen, scale)));
    __m512i sums = _mm512_setzero_si512();
    for (int group = 0; group < Keys / 4; ++group) {
      const __m512i weights = exp_of_scores(tile.scores + group * 4 * kTile + query, best, scale);
      dot_accumulate(sums, weights, ones);
      _mm512_store_si512(tile.packed.weights + group * kTile + query, weights);
    }
    const __m512 totals = _mm512_load_ps(tile.totals + query);
    _mm512_store_ps(tile.totals + query,
                    _mm512_fmadd_ps(totals, rescale, _mm512_cvtepi32_ps(sums)));
    _mm512_store_ps(tile.rescale + query, rescale);
    _mm512_store_ps(tile.best + query, best);
  }
}

/// Adds the values of a step, of which the first is `first_key` of those that are packed.
template <int Keys>
__attribute__((noinline)) static void add_step(int first_key, RunningTile<Keys>& tile) {
  for (int query = 0; query < kTile; query += 4) {
    __m512i sums[4][4];  // (query, 16 channels)
    clear_sums(sums);
    add_products<Signed::registers, 4, kTile * 4, Keys / 4>(
        tile.packed.weights + query, tile.packed.values + first_key / 4 * kTile, sums);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const __m512 rescale = _mm512_set1_ps(tile.rescale[query + i]);
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        float* place = tile.sums + (query + i) * kTile + j * 16;
        _mm512_store_ps(
            place, _mm512_fmadd_ps(_mm512_load_ps(place), rescale, _mm512_cvtepi32_ps(sums[i][j])));
      }
    }
  }
}

/// The weighted means to int8; 0 for queries that saw no key.
template <int Keys>
__attribute__((noinline)) static void finish_running(const RunningTile<Keys>& tile,
                                                     std::int8_t* out) {
  for (int query = 0; query < kTile; ++query) {
    const float total = tile.totals[query];
    const __m512 scale = _mm512_set1_ps(total > 0 ? 1.0f / total : 0.0f);
    __m512i rounded[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      rounded[j] = _mm512_cvtps_epi32(
          _mm512_mul_ps(_mm512_load_ps(tile.sums + query * kTile + j * 16), scale));
    }
    store_row(rounded, out + query * kTile);
  }
}

}  // namespace tessera::compute::kernels
