// Keys and values in 4 bits, two to a byte, unpacked in registers. Included by variant files only.
//
// A byte x becomes n = min((x + 128 + 8) / 16, 15), that is x is about 16 (n - 8): rounded to
// nearest, halves up, and 120 and more to 112. The n are what is multiplied. That keys are 8 too
// large adds the same to all scores of a query, which a softmax does not see; that values are, adds
// 8 to their mean, which the output takes back.
#pragma once

#include "src/compute/kernels/tile_attention/tile_exp_avx512_inl.h"

namespace tessera::compute::kernels {

/// 64 bytes of n, for 64 of x.
static inline __m512i to_nibbles(__m512i x) {
  const __m512i from_zero = _mm512_xor_si512(x, _mm512_set1_epi8(static_cast<char>(0x80)));
  const __m512i raised = _mm512_adds_epu8(from_zero, _mm512_set1_epi8(8));
  return _mm512_and_si512(_mm512_srli_epi16(raised, 4), _mm512_set1_epi8(15));
}

static inline void to_nibbles(const std::int8_t* from, std::int8_t* to) {
  for (int i = 0; i < kTile * kTile; i += 64) {
    _mm512_store_si512(to + i, to_nibbles(_mm512_loadu_si512(from + i)));
  }
}

static inline __m512i low_nibbles(__m512i packed) {
  return _mm512_and_si512(packed, _mm512_set1_epi8(15));
}

static inline __m512i high_nibbles(__m512i packed) {
  return low_nibbles(_mm512_srli_epi16(packed, 4));
}

/// (64 keys, 64) int8 to (key / 8, channel, 4) bytes: keys 8 g ... 8 g + 3 in the low nibbles, the
/// next four in the high ones; channels in the order of pack_values. The values of `tile` are
/// overwritten.
__attribute__((noinline, unused)) static void pack_values_int4(const std::int8_t* v,
                                                               PackedTile& tile,
                                                               std::uint32_t* packed) {
  alignas(64) std::int8_t nibbles[kTile * kTile];
  to_nibbles(v, nibbles);
  pack_values(nibbles, tile);
  for (int group = 0; group < 8; ++group) {
    for (int lane = 0; lane < kTile; lane += 16) {
      const std::uint32_t* pair = tile.values + group * 2 * kTile + lane;
      const __m512i high = _mm512_slli_epi32(_mm512_load_si512(pair + kTile), 4);
      _mm512_store_si512(packed + group * kTile + lane,
                         _mm512_or_si512(_mm512_load_si512(pair), high));
    }
  }
}

/// As weigh_values, with values as pack_values_int4 gives them: of the mean m of their n the output
/// is 16 (m - 8).
__attribute__((noinline, unused)) static void weigh_values_int4(const PackedTile& tile,
                                                                const std::uint32_t* values,
                                                                std::int8_t* out) {
  const __m512 offset = _mm512_set1_ps(-16.0f * 8.0f);
  for (int query = 0; query < kTile; query += 4) {
    __m512i sums[4][4];  // (query, 16 channels)
    clear_sums(sums);
#pragma GCC unroll 8
    for (int group = 0; group < 8; ++group) {
      __m512i low[4], high[4];
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        const __m512i packed = _mm512_load_si512(values + group * kTile + j * 16);
        low[j] = low_nibbles(packed);
        high[j] = high_nibbles(packed);
      }
      const std::uint32_t* words = tile.weights + group * 2 * kTile + query;
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        const __m512i first = _mm512_set1_epi32(static_cast<int>(words[i]));
        const __m512i second = _mm512_set1_epi32(static_cast<int>(words[kTile + i]));
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) dot_accumulate(sums[i][j], first, low[j]);
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) dot_accumulate(sums[i][j], second, high[j]);
      }
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const __m512 scale = _mm512_set1_ps(16.0f * tile.reciprocals[query + i]);
      __m512i rounded[4];
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        rounded[j] =
            _mm512_cvtps_epi32(_mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[i][j]), scale, offset));
      }
      store_row(rounded, out + (query + i) * kTile);
    }
  }
}

}  // namespace tessera::compute::kernels
