// Attention in int8 on one core, a tile of 64 keys after the other: scores stay in the blocks of
// the multiplier from the first product to the second, weights are divided by their sum at the end,
// and older sums are scaled only where a maximum rose by an octave (Dao et al. 2022; Milakov and
// Gimelshein 2018). Bit-equal to tile_attention online_octaves.
//
// Both products go by 2 x 2 blocks with the depth of 64 unrolled: 32 products with 64 loads, the
// sums' own among them, fill the bundles, and four accumulators at a time leave five of nine to
// load and store the neighbours'.
#include "src/compute/kernels/tile_attention/octave_aie2_inl.h"

namespace tessera::compute::kernels::aie2 {
namespace {

// Q, K and V twice, the output, what is kept, the scratch, two tables and 2 KB of stack.
static_assert(6 * kTileBytes + kSumsBytes + kTotalsBytes + kBasesBytes + kScoresBytes + kTileBytes +
                      2 * kTableBytes + 2048 <=
                  kMemoryBytes,
              "the buffers of the fused kernel fit a core");

using Keys = aie::mmul<4, 8, 8, int8_t, int8_t>;
using Values = aie::mmul<4, 8, 8, uint8_t, int8_t>;

// scores = q k^T / 2^shift.
void score(const int8_t* __restrict q, const int8_t* __restrict k, int16_t* __restrict scores,
           int32_t shift) {
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

// Of each lane of a block, which of its 8 keys it is.
Scores key_of_lane() {
  aie::vector<int16_t, 8> keys;
  AIE2_UNROLL
  for (unsigned key = 0; key < 8; ++key) keys.set(static_cast<int16_t>(key), key);
  return aie::concat(keys, keys, keys, keys);
}

// Scores of keys that do not exist are below all others; see also `weigh_keys`.
void hide_missing(int16_t* __restrict scores, int32_t keys) {
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

// Weights of all scores, and their sums by a product with ones.
template <bool kIsWhole>
void weigh_keys(const int16_t* __restrict scores, const int16_t* __restrict bases,
                const Lookup& lookup, uint8_t* __restrict weights, int32_t* __restrict totals,
                int32_t keys, int16_t multiplier, int32_t step_shift) {
  const auto ones = aie::broadcast<int8_t, 64>(1);
  const Scores lanes = key_of_lane();
  AIE2_LOOP(row, kRowBlocks, 16, kIsWhole ? "weights" : "weights of the last tile", none) {
    const Scores base = aie::load_v<kBlockLanes>(bases + row * kBlockLanes);
    Totals total(aie::load_v<kBlockLanes>(totals + row * kBlockLanes));
    AIE2_UNROLL
    for (int block = 0; block < kBlocks; ++block) {
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

// sums += weights v.
void add_values(const uint8_t* __restrict weights, const int8_t* __restrict v,
                int32_t* __restrict sums) {
  AIE2_LOOP(group, 32, 32, "values", integer_sum) {
    const int row = group / 4 * 2, column = group % 4 * 2;
    const uint8_t* const keys = weights + row * kBlocks * kBlockLanes;
    const int8_t* const values = v + column * 64;
    int32_t* const c0 = sums + (row * kBlocks + column) * kBlockLanes;
    int32_t* const c1 = c0 + kBlocks * kBlockLanes;
    Values s00(aie::load_v<kBlockLanes>(c0)), s01(aie::load_v<kBlockLanes>(c0 + kBlockLanes));
    Values s10(aie::load_v<kBlockLanes>(c1)), s11(aie::load_v<kBlockLanes>(c1 + kBlockLanes));
    AIE2_UNROLL
    for (int block = 0; block < kBlocks; ++block) {
      const auto a0 = aie::load_v<32>(keys + block * kBlockLanes);
      const auto a1 = aie::load_v<32>(keys + (kBlocks + block) * kBlockLanes);
      const auto b0 = aie::load_v<64>(values + block * kBlocks * 64);
      const auto b1 = aie::load_v<64>(values + (block * kBlocks + 1) * 64);
      s00.mac(a0, b0);
      s01.mac(a0, b1);
      s10.mac(a1, b0);
      s11.mac(a1, b1);
    }
    aie::store_v(c0, s00.to_vector<int32_t>());
    aie::store_v(c0 + kBlockLanes, s01.to_vector<int32_t>());
    aie::store_v(c1, s10.to_vector<int32_t>());
    aie::store_v(c1 + kBlockLanes, s11.to_vector<int32_t>());
  }
}

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" {

using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)

void attention_i8_begin(int32_t* sums, int32_t* totals, int16_t* bases) {
  set_modes();
  const auto zeros = aie::zeros<int32_t, kBlockLanes>();
  AIE2_LOOP(block, kRowBlocks * kBlocks, 16, "zero sums", none) {
    aie::store_v(sums + block * kBlockLanes, zeros);
  }
  AIE2_LOOP(row, kRowBlocks, 16, "zero totals", none) {
    aie::store_v(totals + row * kBlockLanes, zeros);
  }
  const auto none = aie::broadcast<int16_t, 32>(tessera::compute::kernels::kNoBase);
  aie::store_v(bases, none);
  aie::store_v(bases + 32, none);
}

void attention_i8_pair(const int8_t* q, const int8_t* k, const int8_t* v, int32_t* sums,
                       int32_t* totals, int16_t* bases, int16_t* scores, uint8_t* weights,
                       const int16_t* table_ab, const int16_t* table_cd, int32_t keys,
                       int32_t score_shift, int32_t multiplier, int32_t step_shift) {
  set_modes();
  const Lookup lookup(Table(kIndexedEntries, table_ab, table_cd));
  const bool is_whole = keys == 64;
  score(q, k, scores, score_shift);
  if (!is_whole) hide_missing(scores, keys);
  find_largest(scores, bases + 64 + kRowBlocks * kBlockLanes);
  const uint32_t raised = raise_bases(bases, multiplier, step_shift);
  if (raised != 0) scale_sums(raised, bases, sums, totals);
  const auto weigh_all = is_whole ? weigh_keys<true> : weigh_keys<false>;
  weigh_all(scores, bases + 64, lookup, weights, totals, keys, static_cast<int16_t>(multiplier),
            step_shift);
  add_values(weights, v, sums);
}

void attention_i8_end(const int32_t* sums, const int32_t* totals, int8_t* out) {
  divide_sums(sums, totals, out, tessera::compute::kernels::kReciprocalBits);
}
}
