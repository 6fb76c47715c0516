// Step 1 of the seed's plan and nothing else: the scores by vector multiplications along the rows
// of the query and the key, as the plan sketches it; softmax and weighted sum stay plain loops.
#include <math.h>

#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_avx2_inl.h"

namespace tessera::compute::kernels {
namespace {

int clamp(int value, int lowest, int highest) {
  return value < lowest ? lowest : value > highest ? highest : value;
}

int round_product(std::int32_t sum, float scale) {
  return static_cast<int>(lrintf(static_cast<float>(sum) * scale));
}

// One query with one key, 16 channels to a register.
std::int32_t dot(const __m256i (&query)[4], const std::int8_t* key) {
  __m256i sums = _mm256_madd_epi16(query[0], widen(key));
#pragma GCC unroll 3
  for (int i = 1; i < 4; ++i) {
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(query[i], widen(key + i * 16)));
  }
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1));
  return _mm_cvtsi128_si32(four);
}

}  // namespace

const char* tile_attention_qk_avx2(const TileAttentionParams& p) noexcept {
  for (int row = 0; row < kTile; ++row) {
    __m256i query[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) query[i] = widen(p.q + row * kTile + i * 16);
    int scores[kTile], weights[kTile];
    int best = -127, total = 0;
    for (int key = 0; key < kTile; ++key) {
      scores[key] = clamp(round_product(dot(query, p.k + key * kTile), p.score_scale), -127, 127);
      best = scores[key] > best ? scores[key] : best;
    }
    for (int key = 0; key < kTile; ++key) {
      weights[key] = p.exp_table[best - scores[key]];
      total += weights[key];
    }
    const float scale = 1.0f / static_cast<float>(total);
    for (int d = 0; d < kTile; ++d) {
      std::int32_t sum = 0;
      for (int key = 0; key < kTile; ++key) sum += weights[key] * p.v[key * kTile + d];
      p.out[row * kTile + d] =
          static_cast<std::int8_t>(clamp(round_product(sum, scale), -128, 127));
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
