// Packing of a tile for AVX-512 VNNI, 16 queries or channels to a register. Included by variant
// files only.
//
// vpdpbusd multiplies unsigned by signed bytes. Queries become unsigned by adding 128, which is
// taken back where the sums begin: sum (q + 128) k = sum q k + 128 sum k.
#pragma once

#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"

namespace tessera::compute::kernels {

/// 1.5 * 2^23: an integer of less than 2^22 added to its bits is added to the number that the bits
/// mean as a float. So a sum that begins here is a float32 without a conversion.
inline constexpr float kIntegerAsFloat = 12582912.0f;
inline constexpr int kIntegerAsFloatBits = 0x4B400000;

/// What a tile is packed into; fits in kTileScratchBytes.
struct PackedTile {
  alignas(64) std::uint32_t queries[16 * kTile];  // (d / 4, query, 4): 4 channels of 1 query, + 128
  alignas(64) std::uint32_t values[16 * kTile];   // (key / 4, channel, 4), channels in pack order
  alignas(64) std::uint32_t weights[16 * kTile];  // (key / 4, query, 4): scores, then weights
  alignas(64) std::int32_t key_start[kTile];      // where the sums of a key begin
  alignas(64) float reciprocals[kTile];           // of the sums of a query's weights
};
static_assert(sizeof(PackedTile) <= kTileScratchBytes);

/// a += b . c of 64 bytes each in groups of 4, b unsigned and c signed. An instruction by itself
/// because GCC 12 spills accumulators around the intrinsic.
static inline void dot_accumulate(__m512i& a, __m512i b, __m512i c) {
  asm("vpdpbusd %2, %1, %0" : "+v"(a) : "v"(b), "v"(c));
}

/// Transposes 16 x 16 words of 32 bits.
static inline void transpose_16x16(__m512i (&r)[16]) {
  __m512i t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
    r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
  }
  // r[4 * i + j] holds, for rows 4 i ... 4 i + 3, columns j, j + 4, j + 8, j + 12.
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    t[j] = _mm512_shuffle_i32x4(r[j], r[j + 4], 0x88);
    t[j + 4] = _mm512_shuffle_i32x4(r[j], r[j + 4], 0xdd);
    t[j + 8] = _mm512_shuffle_i32x4(r[j + 8], r[j + 12], 0x88);
    t[j + 12] = _mm512_shuffle_i32x4(r[j + 8], r[j + 12], 0xdd);
  }
#pragma GCC unroll 8
  for (int j = 0; j < 8; ++j) {
    r[j] = _mm512_shuffle_i32x4(t[j], t[j + 8], 0x88);
    r[j + 8] = _mm512_shuffle_i32x4(t[j], t[j + 8], 0xdd);
  }
}

/// (queries, 64) int8 to PackedTile::queries, or what another tile has of that name; multiples
/// of 16.
template <class Packed>
__attribute__((noinline, unused)) static void pack_queries(const std::int8_t* q, Packed& tile,
                                                           int queries = kTile) {
  const __m512i flip = _mm512_set1_epi8(static_cast<char>(0x80));  // adds 128 to each byte
  for (int block = 0; block < queries; block += 16) {
    __m512i rows[16];  // 16 queries of 16 groups of 4 channels
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
      rows[i] = _mm512_xor_si512(_mm512_loadu_si512(q + (block + i) * kTile), flip);
    }
    transpose_16x16(rows);
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
      _mm512_store_si512(tile.queries + i * kTile + block, rows[i]);
    }
  }
}

/// The sums of 4 keys' channels: word i of each 128-bit lane belongs to key i, and the four lanes
/// still have to be added up.
static inline __m512i sum_4_keys(const std::int8_t* k) {
  const __m512i ones = _mm512_set1_epi8(1);
  __m512i rows[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    rows[i] = _mm512_setzero_si512();
    dot_accumulate(rows[i], ones, _mm512_loadu_si512(k + i * kTile));
  }
  const __m512i first = _mm512_add_epi32(_mm512_unpacklo_epi32(rows[0], rows[1]),
                                         _mm512_unpackhi_epi32(rows[0], rows[1]));
  const __m512i second = _mm512_add_epi32(_mm512_unpacklo_epi32(rows[2], rows[3]),
                                          _mm512_unpackhi_epi32(rows[2], rows[3]));
  return _mm512_add_epi32(_mm512_unpacklo_epi64(first, second),
                          _mm512_unpackhi_epi64(first, second));
}

/// Adds neighbouring 128-bit lanes: those of a, then those of b.
static inline __m512i add_lanes(__m512i a, __m512i b) {
  return _mm512_add_epi32(_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xdd));
}

/// The start of each key's sums: the float's bits, less the 128 that were added to the queries.
template <class Packed>
__attribute__((noinline, unused)) static void sum_keys(const std::int8_t* k, Packed& tile,
                                                       int keys = kTile) {
  for (int block = 0; block < keys; block += 16) {
    const std::int8_t* rows = k + block * kTile;
    const __m512i low = add_lanes(sum_4_keys(rows), sum_4_keys(rows + 4 * kTile));
    const __m512i high = add_lanes(sum_4_keys(rows + 8 * kTile), sum_4_keys(rows + 12 * kTile));
    const __m512i sums = add_lanes(low, high);
    _mm512_store_si512(
        tile.key_start + block,
        _mm512_sub_epi32(_mm512_set1_epi32(kIntegerAsFloatBits), _mm512_slli_epi32(sums, 7)));
  }
}

/// (keys, 64) int8 to PackedTile::values: 4 keys of a channel to a word. Unpacking works within
/// 128-bit lanes, which leaves the channels in an order that the saturating packs of
/// weigh_values undo.
template <class Packed>
__attribute__((noinline, unused)) static void pack_values(const std::int8_t* v, Packed& tile,
                                                          int keys = kTile) {
  for (int group = 0; group < keys / 4; ++group) {
    const std::int8_t* rows = v + group * 4 * kTile;
    const __m512i a = _mm512_loadu_si512(rows);
    const __m512i b = _mm512_loadu_si512(rows + kTile);
    const __m512i c = _mm512_loadu_si512(rows + 2 * kTile);
    const __m512i d = _mm512_loadu_si512(rows + 3 * kTile);
    const __m512i ab_low = _mm512_unpacklo_epi8(a, b);
    const __m512i ab_high = _mm512_unpackhi_epi8(a, b);
    const __m512i cd_low = _mm512_unpacklo_epi8(c, d);
    const __m512i cd_high = _mm512_unpackhi_epi8(c, d);
    std::uint32_t* out = tile.values + group * kTile;
    _mm512_store_si512(out, _mm512_unpacklo_epi16(ab_low, cd_low));
    _mm512_store_si512(out + 16, _mm512_unpackhi_epi16(ab_low, cd_low));
    _mm512_store_si512(out + 32, _mm512_unpacklo_epi16(ab_high, cd_high));
    _mm512_store_si512(out + 48, _mm512_unpackhi_epi16(ab_high, cd_high));
  }
}

/// All of them.
static inline void pack_tile(const TileAttentionParams& p, PackedTile& tile) {
  pack_queries(p.q, tile);
  sum_keys(p.k, tile);
  pack_values(p.v, tile);
}

}  // namespace tessera::compute::kernels
