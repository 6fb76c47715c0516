// The fused kernel with keys and values of 4 bits, the last step of the seed's plan: half the
// transfers, and products of 4 x 16 x 8, twice as many at a time. Bit-equal to tile_attention
// online_octaves_int4.
#include "src/compute/kernels/tile_attention/octave_aie2_inl.h"

namespace tessera::compute::kernels::aie2 {
namespace {

// Q, K and V twice in half a byte each, the output, what is kept, scratch, tables and stack.
static_assert(4 * kTileBytes + kSumsBytes + kTotalsBytes + kBasesBytes + kScoresBytes + kTileBytes +
                      2 * kTableBytes + 2048 <=
                  kMemoryBytes,
              "the buffers of the kernel fit a core");

using Keys = aie::mmul<4, 16, 8, int8_t, int4>;
using Values = aie::mmul<4, 16, 8, uint8_t, int4>;
inline constexpr int kDeepBlocks = 4;  // of 16 columns, or keys
inline constexpr int kDeepBytes = 64;  // of a block of 16 x 8 in 4 bits, and of one of 4 x 16

// scores = 16 q k^T / 2^shift, of keys in units of 16.
void score(const int8_t* __restrict q, const uint8_t* __restrict k, int16_t* __restrict scores,
           int32_t shift) {
  constexpr int kUnitBits = 4;
  AIE2_LOOP(group, 32, 32, "scores", integer_sum) {
    const int row = group / 4 * 2, column = group % 4 * 2;
    const int8_t* const queries = q + row * kDeepBlocks * kDeepBytes;
    const int4* const keys = reinterpret_cast<const int4*>(k) + column * kDeepBlocks * kDeepBytes;
    Keys sums[2][2];
    AIE2_UNROLL
    for (int d = 0; d < kDeepBlocks; ++d) {
      const auto a0 = aie::load_v<64>(queries + d * kDeepBytes);
      const auto a1 = aie::load_v<64>(queries + (kDeepBlocks + d) * kDeepBytes);
      const auto b0 = aie::load_v<128>(keys + d * kDeepBytes);
      const auto b1 = aie::load_v<128>(keys + (kDeepBlocks + d) * kDeepBytes);
      sums[0][0].mac(a0, b0);
      sums[0][1].mac(a0, b1);
      sums[1][0].mac(a1, b0);
      sums[1][1].mac(a1, b1);
    }
    AIE2_UNROLL
    for (int i = 0; i < 2; ++i) {
      int16_t* const out = scores + ((row + i) * kBlocks + column) * kBlockLanes;
      aie::store_v(out, sums[i][0].to_vector<int16_t>(shift - kUnitBits));
      aie::store_v(out + kBlockLanes, sums[i][1].to_vector<int16_t>(shift - kUnitBits));
    }
  }
}

// Weights as blocks of 4 queries x 16 keys, two blocks of scores side by side.
void weigh_keys(const int16_t* __restrict scores, const int16_t* __restrict bases,
                const Lookup& lookup, uint8_t* __restrict weights, int32_t* __restrict totals,
                int16_t multiplier, int32_t step_shift) {
  const auto ones = aie::broadcast<int8_t, 64>(1);
  AIE2_LOOP(row, kRowBlocks, 16, "weights", none) {
    const Scores base = aie::load_v<kBlockLanes>(bases + row * kBlockLanes);
    Totals total(aie::load_v<kBlockLanes>(totals + row * kBlockLanes));
    AIE2_UNROLL
    for (int block = 0; block < kBlocks; block += 2) {
      const int place = (row * kBlocks + block) * kBlockLanes;
      const auto left =
          weigh(aie::load_v<kBlockLanes>(scores + place), base, lookup, multiplier, step_shift);
      const auto right = weigh(aie::load_v<kBlockLanes>(scores + place + kBlockLanes), base, lookup,
                               multiplier, step_shift);
      total.mac(left, ones);
      total.mac(right, ones);
      const auto [first, second] = aie::interleave_zip(left, right, 8);
      aie::store_v(weights + place, first);
      aie::store_v(weights + place + kBlockLanes, second);
    }
    aie::store_v(totals + row * kBlockLanes, total.to_vector<int32_t>());
  }
}

// sums += weights v, of values in units of 16.
void add_values(const uint8_t* __restrict weights, const uint8_t* __restrict v,
                int32_t* __restrict sums) {
  AIE2_LOOP(group, 32, 32, "values", integer_sum) {
    const int row = group / 4 * 2, column = group % 4 * 2;
    const uint8_t* const keys = weights + row * kDeepBlocks * kDeepBytes;
    const int4* const values = reinterpret_cast<const int4*>(v) + column * kDeepBytes;
    int32_t* const c0 = sums + (row * kBlocks + column) * kBlockLanes;
    int32_t* const c1 = c0 + kBlocks * kBlockLanes;
    Values s00(aie::load_v<kBlockLanes>(c0)), s01(aie::load_v<kBlockLanes>(c0 + kBlockLanes));
    Values s10(aie::load_v<kBlockLanes>(c1)), s11(aie::load_v<kBlockLanes>(c1 + kBlockLanes));
    AIE2_UNROLL
    for (int block = 0; block < kDeepBlocks; ++block) {
      const auto a0 = aie::load_v<64>(keys + block * kDeepBytes);
      const auto a1 = aie::load_v<64>(keys + (kDeepBlocks + block) * kDeepBytes);
      const auto b0 = aie::load_v<128>(values + block * kBlocks * kDeepBytes);
      const auto b1 = aie::load_v<128>(values + (block * kBlocks + 1) * kDeepBytes);
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

void attention_i4_pair(const int8_t* q, const uint8_t* k, const uint8_t* v, int32_t* sums,
                       int32_t* totals, int16_t* bases, int16_t* scores, uint8_t* weights,
                       const int16_t* table_ab, const int16_t* table_cd, int32_t score_shift,
                       int32_t multiplier, int32_t step_shift) {
  set_modes();
  const Lookup lookup(Table(kIndexedEntries, table_ab, table_cd));
  score(q, k, scores, score_shift);
  find_largest(scores, bases + 64 + kRowBlocks * kBlockLanes);
  const uint32_t raised = raise_bases(bases, multiplier, step_shift);
  if (raised != 0) scale_sums(raised, bases, sums, totals);
  weigh_keys(scores, bases + 64, lookup, weights, totals, static_cast<int16_t>(multiplier),
             step_shift);
  add_values(weights, v, sums);
}

void attention_i4_end(const int32_t* sums, const int32_t* totals, int8_t* out) {
  constexpr int kUnitBits = 4;
  divide_sums(sums, totals, out, tessera::compute::kernels::kReciprocalBits - kUnitBits);
}
}
