// Steps of a tile's attention in bfloat16 with float32 sums. Included by variant files only.
//
// An int8 is exact in bfloat16, and sums of their products are exact in float32; what bfloat16
// costs in accuracy is the rounding of the weights, to 8 bits of whatever size they have.
#pragma once

#include "src/compute/kernels/tile_attention/tile_exp_avx512_inl.h"

namespace tessera::compute::kernels {

/// sum += pairs a . pairs b. By itself as dot_accumulate is.
static inline void pair_accumulate(__m512& sum, __m512i a, __m512i b) {
  asm("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
}

/// Bits of 16 int8 as float32.
static inline __m512i to_float_bits(const std::int8_t* p) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return _mm512_castps_si512(_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes)));
}

/// Two floats' upper halves to a word, the first the low one.
static inline __m512i join_upper_halves(__m512i first, __m512i second) {
  constexpr int kSelect = 0xe4;  // where the mask is set the first operand, else the second
  return _mm512_ternarylogic_epi32(_mm512_srli_epi32(first, 16), second, _mm512_set1_epi32(0xffff),
                                   kSelect);
}

/// sums[i][j] += row i of words times register j of words, for 32 words of a pair each; operands as
/// those of add_products.
template <int kRowStride, int kWordStride>
__attribute__((always_inline)) static inline void add_pairs(const std::uint32_t* rows,
                                                            const std::uint32_t* registers,
                                                            __m512 (&sums)[4][4]) {
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) sums[i][j] = _mm512_setzero_ps();
  }
#pragma GCC unroll 32
  for (int pair = 0; pair < 32; ++pair) {
    __m512i lanes[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) lanes[j] = _mm512_load_si512(registers + pair * kTile + j * 16);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const __m512i words =
          _mm512_set1_epi32(static_cast<int>(rows[i * kRowStride + pair * kWordStride]));
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) pair_accumulate(sums[i][j], words, lanes[j]);
    }
  }
}

/// (64 keys, 64) int8 to (key / 2, channel, 2).
__attribute__((noinline, unused)) static void pack_values_bf16(const std::int8_t* v,
                                                               std::uint32_t* values) {
  for (int key = 0; key < kTile; key += 2) {
    for (int channel = 0; channel < kTile; channel += 16) {
      const std::int8_t* place = v + key * kTile + channel;
      _mm512_store_si512(values + key / 2 * kTile + channel,
                         join_upper_halves(to_float_bits(place), to_float_bits(place + kTile)));
    }
  }
}

/// Scores (key, query) to weights (key / 2, query, 2), rounded to nearest, halves up, and the
/// reciprocals of the sums of what they were rounded to.
__attribute__((noinline, unused)) static void weigh_by_exp_bf16(float nats_per_unit,
                                                                const float* scores,
                                                                const float* best,
                                                                std::uint32_t* weights,
                                                                float* reciprocals) {
  const __m512 scale = scale_of_exp2(nats_per_unit);
  const __m512i half = _mm512_set1_epi32(0x8000), ones = _mm512_set1_epi32(0x3f803f80);
  for (int query = 0; query < kTile; query += 16) {
    const __m512 most = _mm512_load_ps(best + query);
    __m512 sums = _mm512_setzero_ps();
    for (int pair = 0; pair < 32; ++pair) {
      __m512i raised[2];
#pragma GCC unroll 2
      for (int i = 0; i < 2; ++i) {
        const __m512 score = _mm512_load_ps(scores + (pair * 2 + i) * kTile + query);
        const __m512 weight = exp2_negative(_mm512_mul_ps(_mm512_sub_ps(score, most), scale));
        raised[i] = _mm512_add_epi32(_mm512_castps_si512(weight), half);
      }
      const __m512i joined = join_upper_halves(raised[0], raised[1]);
      pair_accumulate(sums, joined, ones);
      _mm512_store_si512(weights + pair * kTile + query, joined);
    }
    _mm512_store_ps(reciprocals + query, _mm512_div_ps(_mm512_set1_ps(1.0f), sums));
  }
}

/// The weighted sums of the values, 4 queries (rows) by 64 channels (lanes) at a time, to int8.
__attribute__((noinline, unused)) static void weigh_values_bf16(const std::uint32_t* weights,
                                                                const std::uint32_t* values,
                                                                const float* reciprocals,
                                                                std::int8_t* out) {
  for (int query = 0; query < kTile; query += 4) {
    __m512 sums[4][4];  // (query, 16 channels)
    add_pairs<1, kTile>(weights + query, values, sums);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const __m512 scale = _mm512_set1_ps(reciprocals[query + i]);
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        const __m512i rounded = _mm512_cvtps_epi32(_mm512_mul_ps(sums[i][j], scale));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out + (query + i) * kTile + j * 16),
                         _mm512_cvtsepi32_epi8(rounded));
      }
    }
  }
}

}  // namespace tessera::compute::kernels
