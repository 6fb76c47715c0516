// The stages of integer attention on an AIE2 core, which its kernels share: scores to largest ones,
// to weights, to scaled sums. Layouts are those of tile_attention_aie2.h.
#pragma once

#include "src/compute/kernels/aie2_kernel.h"
#include "src/compute/kernels/tile_attention/tile_attention_aie2.h"

namespace tessera::compute::kernels::aie2 {

using Scores = aie::vector<int16_t, kBlockLanes>;  // (4, 8), or 32 rows
using Totals = aie::mmul<4, 8, 8, uint8_t, int8_t>;
using Table = aie::lut<4, int16_t>;
using Lookup = aie::parallel_lookup<int16_t, Table, aie::lut_oor_policy::truncate>;

/// Of the lookup's index: a power of two, of which the keys use the first kWeightEntries.
inline constexpr unsigned kIndexedEntries = 512;

static inline void set_modes() {
  aie::set_rounding(aie::rounding_mode::conv_even);
  aie::set_saturation(aie::saturation_mode::saturate);
}

/// The larger of neighbours `step` lanes apart: of two times 32 lanes in groups of 2 `step` lanes,
/// 32 in groups of `step`.
static inline Scores fold(const Scores& a, const Scores& b, unsigned step) {
  const auto [even, odd] = aie::interleave_unzip(a, b, step);
  return aie::max(even, odd);
}

/// Each of 32 rows in 8 lanes: (8, 4, 8).
static inline void store_in_eight_lanes(const Scores& rows, int16_t* out) {
  const auto [a, b] = aie::interleave_zip(rows, rows, 1);
  AIE2_UNROLL
  for (int half = 0; half < 2; ++half) {
    const Scores& pairs = half == 0 ? a : b;
    const auto [c, d] = aie::interleave_zip(pairs, pairs, 2);
    const auto [e, f] = aie::interleave_zip(c, c, 4);
    const auto [g, h] = aie::interleave_zip(d, d, 4);
    int16_t* const place = out + half * 4 * kBlockLanes;
    aie::store_v(place, e);
    aie::store_v(place + kBlockLanes, f);
    aie::store_v(place + 2 * kBlockLanes, g);
    aie::store_v(place + 3 * kBlockLanes, h);
  }
}

/// The largest score of each query in each group of 8 lanes: (16, 4, 8). `largest` may be the first
/// blocks of `scores`' own scratch.
static inline void find_largest(const int16_t* __restrict scores, int16_t* __restrict largest) {
  AIE2_LOOP(row, kRowBlocks, 16, "largest of a block", none) {
    const int16_t* const blocks = scores + row * kBlocks * kBlockLanes;
    Scores best = aie::load_v<kBlockLanes>(blocks);
    AIE2_UNROLL
    for (int block = 1; block < kBlocks; ++block) {
      best = aie::max(best, aie::load_v<kBlockLanes>(blocks + block * kBlockLanes));
    }
    aie::store_v(largest + row * kBlockLanes, best);
  }
}

/// Raises the bases to the largest scores, which lie where the factors go. Returns a bit for each
/// of 2 x 8 blocks of queries of which one rose.
static inline uint32_t raise_bases(int16_t* __restrict bases, int32_t multiplier,
                                   int32_t step_shift) {
  int16_t* const spread = bases + 64;
  int16_t* const largest = spread + kRowBlocks * kBlockLanes;
  uint32_t raised = 0;
  AIE2_LOOP(half, 2, 2, "bases", none) {
    const int16_t* const blocks = largest + half * 8 * kBlockLanes;
    Scores fours[4];  // (2 blocks, 4 queries, 4)
    AIE2_UNROLL
    for (int i = 0; i < 4; ++i) {
      fours[i] = fold(aie::load_v<kBlockLanes>(blocks + 2 * i * kBlockLanes),
                      aie::load_v<kBlockLanes>(blocks + (2 * i + 1) * kBlockLanes), 4);
    }
    const Scores best = fold(fold(fours[0], fours[1], 2), fold(fours[2], fours[3], 2), 1);
    const Scores steps =
        aie::mul(best, static_cast<int16_t>(multiplier)).to_vector<int16_t>(step_shift);
    const Scores octaves =  // up to the next multiple of 32
        aie::bit_and(aie::add(steps, static_cast<int16_t>(kStepsPerOctave - 1)),
                     static_cast<int16_t>(-kStepsPerOctave));
    const Scores before = aie::load_v<kBlockLanes>(bases + half * 32);
    const Scores base = aie::max(before, octaves);
    aie::store_v(bases + half * 32, base);
    store_in_eight_lanes(base, spread + half * 8 * kBlockLanes);
    const uint32_t rose = aie::lt(before, base).to_uint32();
    scalar_work(0, 2);
    if (rose != 0) {
      // 2^(14 - n) of n octaves, built as a bfloat16 of exponent 127 + 14 - n: n << 7 is 4 steps.
      constexpr int16_t kOne = (127 + 14) * 128;
      const Scores rise = aie::min(aie::sub(base, before),
                                   static_cast<int16_t>(kForgottenOctaves * kStepsPerOctave));
      const Scores twice = aie::add(rise, rise);
      const Scores bits =
          aie::sub(aie::broadcast<int16_t, kBlockLanes>(kOne), aie::add(twice, twice));
      store_in_eight_lanes(aie::to_fixed<int16_t>(bits.cast_to<bfloat16>()),
                           largest + half * 8 * kBlockLanes);
    }
    AIE2_UNROLL
    for (int block = 0; block < 8; ++block) {
      raised |= (rose >> 4 * block & 15U) != 0 ? 1U << (half * 8 + block) : 0U;
    }
    scalar_work(0, 24);
  }
  return raised;
}

/// Multiplies a block of sums by its queries' factors of 2^-14.
static inline void scale_block(int32_t* __restrict sums, const Scores& factors) {
  AIE2_UNROLL
  for (int half = 0; half < 2; ++half) {
    int32_t* const place = sums + half * 16;
    const auto scaled = aie::mul(aie::load_v<16>(place), factors.extract<16>(half));
    aie::store_v(place, scaled.to_vector<int32_t>(14));
  }
}

/// scale(row, factors) for each block of queries of which a base rose.
template <class Scale>
static inline void for_each_raised(uint32_t raised, const int16_t* __restrict bases, Scale scale) {
  const int16_t* const factors = bases + 64 + kRowBlocks * kBlockLanes;
  for (int row = 0; row < kRowBlocks; ++row) {
    scalar_work(0, 2);
    if ((raised >> row & 1U) == 0) continue;
    scale(row, Scores(aie::load_v<kBlockLanes>(factors + row * kBlockLanes)));
  }
}

/// Scales a row of blocks of sums.
static inline void scale_row(int32_t* __restrict blocks, const Scores& factors) {
  AIE2_LOOP(block, kBlocks, 8, "scaled sums", none) {
    scale_block(blocks + block * kBlockLanes, factors);
  }
}

/// Scales what was summed below older bases.
static inline void scale_sums(uint32_t raised, const int16_t* __restrict bases,
                              int32_t* __restrict sums, int32_t* __restrict totals) {
  for_each_raised(raised, bases, [sums, totals](int row, const Scores& factors) {
    scale_block(totals + row * kBlockLanes, factors);
    scale_row(sums + row * kBlocks * kBlockLanes, factors);
  });
}

/// Weights of 32 scores below their bases. The lookup's index is exact, since it is not shifted to
/// the right: it needs no rounding mode of its own.
static inline aie::vector<uint8_t, kBlockLanes> weigh(const Scores& scores, const Scores& bases,
                                                      const Lookup& lookup, int16_t multiplier,
                                                      int32_t step_shift) {
  const Scores steps = aie::mul(scores, multiplier).to_vector<int16_t>(step_shift);
  const Scores below = aie::min(aie::sub(bases, steps), static_cast<int16_t>(kLastWeight));
  return lookup.fetch(below).cast_to<uint16_t>().pack();
}

/// 2^31 / totals of a row of blocks: (4, 8).
static inline aie::vector<int32_t, kBlockLanes> reciprocals_of(const int32_t* totals) {
  aie::vector<int32_t, kBlockLanes> reciprocals;
  AIE2_UNROLL
  for (int query = 0; query < 4; ++query) {
    const auto total = static_cast<uint32_t>(totals[query * 8]);
    scalar_work(1, 2, 0, 1);
    const auto reciprocal =
        static_cast<int32_t>(total == 0 ? 0 : (uint32_t{1} << kReciprocalBits) / total);
    reciprocals.insert(query, aie::broadcast<int32_t, 8>(reciprocal));
  }
  return reciprocals;
}

/// round(sums * reciprocals / 2^shift) of a block, in bytes.
static inline aie::vector<int8_t, kBlockLanes> quotients_of(
    const int32_t* sums, const aie::vector<int32_t, kBlockLanes>& reciprocals, int shift) {
  aie::vector<int8_t, kBlockLanes> quotients;
  AIE2_UNROLL
  for (int half = 0; half < 2; ++half) {
    const auto product = aie::mul(aie::load_v<16>(sums + half * 16), reciprocals.extract<16>(half));
    quotients.insert(half, product.to_vector<int8_t>(shift));
  }
  return quotients;
}

/// out = round(sums * (2^31 / totals) / 2^shift), in bytes.
static inline void divide_sums(const int32_t* __restrict sums, const int32_t* __restrict totals,
                               int8_t* __restrict out, int shift) {
  set_modes();
  AIE2_LOOP(row, kRowBlocks, 16, "quotients", none) {
    const auto reciprocals = reciprocals_of(totals + row * kBlockLanes);
    AIE2_UNROLL
    for (int block = 0; block < kBlocks; ++block) {
      const int place = (row * kBlocks + block) * kBlockLanes;
      aie::store_v(out + place, quotients_of(sums + place, reciprocals, shift));
    }
  }
}

}  // namespace tessera::compute::kernels::aie2
