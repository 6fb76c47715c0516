// The stages of attention in int8 with scores in the blocks of the multiplier, which the fused
// kernel and those of an encoder share.
//
// Scores go by 2 x 2 blocks with the depth of 64 unrolled, as in add_tile_product.
#pragma once

#include "src/compute/kernels/tile_attention/octave_aie2_inl.h"

namespace tessera::compute::kernels::aie2 {

using Keys = aie::mmul<4, 8, 8, int8_t, int8_t>;

/// scores = q k^T / 2^shift.
static inline void score(const int8_t* __restrict q, const int8_t* __restrict k,
                         int16_t* __restrict scores, int32_t shift) {
  AIE2_LOOP(group, 32, 32, "scores", integer_sum) {
    const int row = group / 4 * 2, column = group % 4 * 2;
    const int8_t* const queries = q + row * kBlocks * 32;
    const int8_t* const keys = k + column * kBlocks * 64;
    Keys sums[2][2];
    AIE2_UNROLL
    for (int d = 0; d < kBlocks; ++d) {
      const auto a0 = aie::load_v<32>(queries + d * 32);
      const auto a1 = aie::load_v<32>(queries + (kBlocks + d) * 32);
      const auto b0 = aie::transpose(aie::load_v<64>(keys + d * 64), 8, 8);
      const auto b1 = aie::transpose(aie::load_v<64>(keys + (kBlocks + d) * 64), 8, 8);
      sums[0][0].mac(a0, b0);
      sums[0][1].mac(a0, b1);
      sums[1][0].mac(a1, b0);
      sums[1][1].mac(a1, b1);
    }
    int16_t* const out = scores + (row * kBlocks + column) * kBlockLanes;
    aie::store_v(out, sums[0][0].to_vector<int16_t>(shift));
    aie::store_v(out + kBlockLanes, sums[0][1].to_vector<int16_t>(shift));
    aie::store_v(out + kBlocks * kBlockLanes, sums[1][0].to_vector<int16_t>(shift));
    aie::store_v(out + (kBlocks + 1) * kBlockLanes, sums[1][1].to_vector<int16_t>(shift));
  }
}

/// Of each lane of a block, which of its 8 keys it is.
static inline Scores key_of_lane() {
  aie::vector<int16_t, 8> keys;
  AIE2_UNROLL
  for (unsigned key = 0; key < 8; ++key) keys.set(static_cast<int16_t>(key), key);
  return aie::concat(keys, keys, keys, keys);
}

/// Scores of keys that do not exist are below all others; see also `weigh_keys`.
static inline void hide_missing(int16_t* __restrict scores, int32_t keys) {
  const Scores lanes = key_of_lane();
  for (int block = keys / 8; block < kBlocks; ++block) {
    const auto missing = aie::ge(lanes, static_cast<int16_t>(keys - 8 * block));
    AIE2_LOOP(row, kRowBlocks, 16, "missing keys", none) {
      int16_t* const place = scores + (row * kBlocks + block) * kBlockLanes;
      aie::store_v(place, aie::select(aie::load_v<kBlockLanes>(place), static_cast<int16_t>(-32768),
                                      missing));
    }
  }
}

/// Weights of all scores, and their sums by a product with ones; so many blocks of a row of them at
/// a time.
template <bool kIsWhole, int kAtOnce = kBlocks>
static inline void weigh_keys(const int16_t* __restrict scores, const int16_t* __restrict bases,
                              const Lookup& lookup, uint8_t* __restrict weights,
                              int32_t* __restrict totals, int32_t keys, int16_t multiplier,
                              int32_t step_shift) {
  constexpr int kParts = kBlocks / kAtOnce;
  const auto ones = aie::broadcast<int8_t, 64>(1);
  const Scores lanes = key_of_lane();
  AIE2_LOOP(part, kRowBlocks * kParts, 16, kIsWhole ? "weights" : "weights of the last tile",
            none) {
    const int row = part / kParts;
    const Scores base = aie::load_v<kBlockLanes>(bases + row * kBlockLanes);
    Totals total(aie::load_v<kBlockLanes>(totals + row * kBlockLanes));
    AIE2_UNROLL
    for (int i = 0; i < kAtOnce; ++i) {
      const int block = part % kParts * kAtOnce + i;
      const int place = (row * kBlocks + block) * kBlockLanes;
      auto weight =
          weigh(aie::load_v<kBlockLanes>(scores + place), base, lookup, multiplier, step_shift);
      if (!kIsWhole && 8 * block + 8 > keys) {
        const auto missing = aie::ge(lanes, static_cast<int16_t>(keys - 8 * block));
        weight = aie::select(weight, uint8_t{0}, missing);
      }
      aie::store_v(weights + place, weight);
      total.mac(weight, ones);
    }
    aie::store_v(totals + row * kBlockLanes, total.to_vector<int32_t>());
  }
}

}  // namespace tessera::compute::kernels::aie2
