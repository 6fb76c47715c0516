// A tile's softmax from the exact scores: exp by a polynomial, of scores that were never rounded.
// Included by variant files only.
#pragma once

#include "src/compute/kernels/tile_attention/tile_avx512_inl.h"

namespace tessera::compute::kernels {

/// A packed tile and its scores, which are floats as kIntegerAsFloat makes them: their differences
/// are exact.
struct ExactTile {
  PackedTile packed;
  alignas(64) float scores[kTile * kTile];  // (key, query)
  alignas(64) float best[kTile];            // of each query
};
static_assert(sizeof(ExactTile) <= kTileScratchBytes);

/// Below every score.
inline constexpr float kNoScore = kIntegerAsFloat - 2097152.0f;

/// exp2(x) for x <= 0: 2^floor(x) times a polynomial for the rest in [0, 1), which is off by at
/// most kExpError of the result (coefficients: minimax of the relative error of degree 3).
inline constexpr float kExpError = 7.5e-5f;

static inline __m512 exp2_negative(__m512 x) {
  const __m512 rest = _mm512_reduce_ps(x, 0x09);  // less the integer below
  __m512 y = _mm512_set1_ps(0.07802452f);
  y = _mm512_fmadd_ps(y, rest, _mm512_set1_ps(0.22606716f));
  y = _mm512_fmadd_ps(y, rest, _mm512_set1_ps(0.69583354f));
  y = _mm512_fmadd_ps(y, rest, _mm512_set1_ps(0.99992522f));
  return _mm512_scalef_ps(y, x);
}

/// Of a scale in nats, what exp2_negative wants.
static inline __m512 scale_of_exp2(float nats_per_unit) {
  return _mm512_set1_ps(nats_per_unit * 1.44269504f);
}

/// Stores 4 keys' sums for 64 queries, and takes them into the maxima.
__attribute__((always_inline)) static inline void store_scores(const __m512i (&sums)[4][4],
                                                               float* scores, __m512 (&best)[4]) {
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const __m512 score = _mm512_castsi512_ps(sums[i][j]);
      best[j] = _mm512_max_ps(best[j], score);
      _mm512_store_ps(scores + i * kTile + j * 16, score);
    }
  }
}

/// Scores of `count` keys from `first_key` (rows) and all queries (lanes) to `scores`; `best` is
/// raised to their maxima.
__attribute__((noinline, unused)) static void score_exactly(const std::int8_t* k,
                                                            const PackedTile& tile, int first_key,
                                                            int count, float* scores, float* best) {
  __m512 most[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) most[j] = _mm512_load_ps(best + j * 16);
  for (int key = 0; key < count; key += 4) {
    __m512i sums[4][4];  // (key, 16 queries)
    start_sums(tile.key_start + first_key + key, sums);
    add_products<Signed::broadcast, kTile, 4>(k + (first_key + key) * kTile, tile.queries, sums);
    store_scores(sums, scores + key * kTile, most);
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) _mm512_store_ps(best + j * 16, most[j]);
}

/// All scores of the tile.
static inline void score_exactly(const std::int8_t* k, ExactTile& tile) {
  for (int query = 0; query < kTile; query += 16) {
    _mm512_store_ps(tile.best + query, _mm512_set1_ps(kNoScore));
  }
  score_exactly(k, tile.packed, 0, kTile, tile.scores, tile.best);
}

/// The weights of 4 keys for 16 queries, 255 for the best key: 4 bytes to a word.
static inline __m512i exp_of_scores(const float* scores, __m512 best, __m512 scale) {
  const __m512 full = _mm512_set1_ps(255.0f);
  __m512i weights[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const __m512 below = _mm512_sub_ps(_mm512_load_ps(scores + i * kTile), best);
    const __m512 weight = exp2_negative(_mm512_mul_ps(below, scale));
    weights[i] = _mm512_cvtps_epi32(_mm512_mul_ps(weight, full));
  }
  return join_low_bytes(weights);
}

/// Scores to weights in bytes, and the reciprocals of their sums.
__attribute__((noinline, unused)) static void weigh_by_exp(float nats_per_unit, ExactTile& tile) {
  const __m512 scale = scale_of_exp2(nats_per_unit);
  const __m512i ones = _mm512_set1_epi8(1);
  for (int query = 0; query < kTile; query += 16) {
    const __m512 best = _mm512_load_ps(tile.best + query);
    __m512i sums = _mm512_setzero_si512();
    for (int group = 0; group < 16; ++group) {
      const __m512i weights = exp_of_scores(tile.scores + group * 4 * kTile + query, best, scale);
      dot_accumulate(sums, weights, ones);
      _mm512_store_si512(tile.packed.weights + group * kTile + query, weights);
    }
    _mm512_store_ps(tile.packed.reciprocals + query,
                    _mm512_div_ps(_mm512_set1_ps(1.0f), _mm512_cvtepi32_ps(sums)));
  }
}

}  // namespace tessera::compute::kernels
