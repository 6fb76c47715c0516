// Attention of 64 queries over 32 keys at a time in bfloat16 with float32 sums, in parts: scores,
// maxima, weights, values, and the quotient.
//
// Scores stay in the 4x4 blocks that mmul leaves, and in float32, since a bfloat16 of 10 octaves is
// off by 2 %: a row's maximum is one over lanes of four rows at once, and weights become mmul's
// left operand by joining two blocks. Maxima are rounded to whole numbers, so that sums are
// rescaled exactly, and only when a maximum grows by more than 8, which floats have room for
// (online softmax: Milakov and Gimelshein 2018; FlashAttention: Dao et al. 2022).
#pragma once

#include "src/compute/kernels/aie2_bf16_inl.h"
#include "src/compute/kernels/flash_attention/flash_attention_aie2.h"

namespace tessera::compute::kernels::aie2 {

namespace flash {

constexpr int kQueries = kFlashQueries, kKeys = kFlashKeys, kWidth = 64;
constexpr int kRowBlocks = kQueries / 4, kKeyBlocks = kKeys / 4, kWidthBlocks = kWidth / 4;
constexpr int kBlock = 16;            // elements of a 4x4 block
constexpr int kOperand = 32;          // elements of a 4x8 or 8x4 operand
constexpr int kStep = 8;              // of the summed dimension in one product
constexpr float kToWhole = 12582912;  // 1.5 * 2^23: the sum has no bits below 1

constexpr int16_t kFarBelowBits = static_cast<int16_t>(0xc380);  // -256
constexpr int16_t kLowestBits = static_cast<int16_t>(0xff00);    // -2^127

constexpr int kWeightStride = 2 * kKeyBlocks * kBlock;  // bfloat16 in a row block's scores

inline bfloat16* weights_in(float* scores) { return reinterpret_cast<bfloat16*>(scores); }

struct State {
  bfloat16*
      maxima;  // (64, 4): what exponents are relative to, a whole number, in all lanes of a row
  bfloat16* limits;  // (64, 4): the maximum above which that has to change
  bfloat16* fresh;   // (64, 4): of these keys
  float* totals;     // (64, 4): sums of weights; a row's is the sum of its lanes
};

// scores (16, 8, 4, 4) = q k^T. `left(row, step)` is the operand of 4 queries x 8 columns,
// `right(key, step, operands)` those of 8 columns x 4 keys of two blocks of keys. Eight
// accumulators at a time leave as many to store the neighbours'.
template <class Left, class Right>
inline void compute_scores(Left left, Right right, float* __restrict scores) {
  AIE2_LOOP(group, 16, 16, "scores", float_sum) {
    const int row = group / 4 * 4, key = group % 4 * 2;
    Block sums[4][2];
    AIE2_UNROLL
    for (int step = 0; step < kWidth / kStep; ++step) {
      aie::vector<bfloat16, kOperand> keys[2];
      right(key, step, keys);
      AIE2_UNROLL
      for (int i = 0; i < 4; ++i) {
        const auto queries = left(row + i, step);
        sums[i][0].mac(queries, keys[0]);
        sums[i][1].mac(queries, keys[1]);
      }
    }
    AIE2_UNROLL
    for (int i = 0; i < 4; ++i) {
      float* const out = scores + ((row + i) * kKeyBlocks + key) * kBlock;
      aie::store_v(out, sums[i][0].to_vector<float>());
      aie::store_v(out + kBlock, sums[i][1].to_vector<float>());
    }
  }
}

// Scores of keys that are none become so low that their power of two is 0.
inline void mask_scores(float* scores, int valid_keys) {
  constexpr float kLow = -3e38f;
  for (int key = valid_keys / 4; key < kKeyBlocks; ++key) {
    auto excess = aie::zeros<float, kBlock>();
    for (int lane = 0; lane < kBlock; ++lane) {
      if (key * 4 + lane % 4 >= valid_keys) excess.set(kLow, lane);
    }
    AIE2_LOOP(row, kRowBlocks, 16, "mask", none) {
      float* const block = scores + (row * kKeyBlocks + key) * kBlock;
      const Sums masked = aie::add(Sums(aie::load_v<kBlock>(block)), Sums(excess));
      aie::store_v(block, masked.to_vector<float>());
    }
  }
}

// The rows' maxima of these keys, as whole numbers. A bit for each block of rows that has one above
// its limit.
inline uint32_t find_maxima(const float* scores, const State& state) {
  const Sums up = all_sums(kToWhole), down = all_sums(-kToWhole);
  uint32_t changed = 0;
  AIE2_LOOP(row, kRowBlocks, 16, "maxima", none) {
    const float* const blocks = scores + row * kKeyBlocks * kBlock;
    Lanes most = Sums(aie::load_v<kBlock>(blocks)).to_vector<bfloat16>();
    AIE2_UNROLL
    for (int key = 1; key < kKeyBlocks; ++key) {
      most = aie::max(most, Sums(aie::load_v<kBlock>(blocks + key * kBlock)).to_vector<bfloat16>());
    }
    const Lanes whole = aie::add(aie::add(Sums(row_max(most)), up), down).to_vector<bfloat16>();
    aie::store_v(state.fresh + row * kBlock, whole);
    const auto above = aie::gt(whole, aie::load_v<kBlock>(state.limits + row * kBlock));
    changed |= static_cast<uint32_t>(!above.empty()) << row;
    scalar_work(0, 2);
  }
  return changed;
}

// Makes the state of a block of rows relative to its new maxima. What its sums are to be multiplied
// by: 2^(before - now), by its exponent's 8 bits; 0 for less than 2^-127, and where there was
// nothing.
inline Lanes raise_maxima(int row, const State& state) {
  const Lanes one = all_lanes(kOneBits), slack = all_lanes(0x4100);  // 8
  const Lanes before = aie::load_v<kBlock>(state.maxima + row * kBlock);
  const Lanes now = aie::max(before, aie::load_v<kBlock>(state.fresh + row * kBlock));
  aie::store_v(state.maxima + row * kBlock, now);
  aie::store_v(state.limits + row * kBlock, aie::add(now, slack));
  const Lanes step = aie::max(aie::sub(before, now), all_lanes(kFarBelowBits));
  const auto exponent =
      aie::max(aie::add(aie::to_fixed<int32_t>(step, 7), int32_t{kOneBits}), int32_t{0});
  const Lanes factor = aie::accum<acc32, 16>(exponent).to_vector<int16_t>(0).cast_to<bfloat16>();
  float* const total = state.totals + row * kBlock;
  aie::store_v(total, scaled(Sums(aie::load_v<kBlock>(total)), factor, one).to_vector<float>());
  return factor;
}

// Multiplies the sums of a block of rows.
inline void rescale(int row, const Lanes& factor, float* sums) {
  const Lanes one = all_lanes(kOneBits);
  float* const blocks = sums + row * kWidthBlocks * kBlock;
  AIE2_LOOP(column, kWidthBlocks, 16, "rescale", none) {
    float* const block = blocks + column * kBlock;
    aie::store_v(block, scaled(Sums(aie::load_v<kBlock>(block)), factor, one).to_vector<float>());
  }
}

// Scores become weights (16, 4, 4, 8), each row block where its scores were.
inline void compute_weights(float* scores, const State& state) {
  const Exp2 exp2;
  const Sums shifter = all_sums(kShifter);
  AIE2_LOOP(row, kRowBlocks, 16, "weights", float_sum) {
    const float* const blocks = scores + row * kKeyBlocks * kBlock;
    bfloat16* const weights_of_row = weights_in(scores) + row * kWeightStride;
    const Sums base = aie::msc(shifter, aie::load_v<kBlock>(state.maxima + row * kBlock), exp2.one);
    float* const total = state.totals + row * kBlock;
    Sums sum(aie::load_v<kBlock>(total));
    AIE2_UNROLL
    for (int pair = 0; pair < kKeyBlocks / 2; ++pair) {
      Lanes weights[2];
      AIE2_UNROLL
      for (int half = 0; half < 2; ++half) {
        const Sums score(aie::load_v<kBlock>(blocks + pair * kOperand + half * kBlock));
        weights[half] = exp2(aie::add(score, base)).to_vector<bfloat16>();
        sum = aie::mac(sum, weights[half], exp2.one);
      }
      aie::store_v(weights_of_row + pair * kOperand, joined(weights[0], weights[1]));
    }
    aie::store_v(total, sum.to_vector<float>());
  }
}

// sums (16, 16, 4, 4) += weights (16, 4, 4, 8) v (4, 16, 8, 4).
inline void add_values(const bfloat16* __restrict weights, const bfloat16* __restrict v,
                       float* __restrict sums) {
  AIE2_LOOP(group, 32, 32, "values", float_sum) {
    const int row = group / 8 * 4, column = group % 8 * 2;
    float* const corner = sums + (row * kWidthBlocks + column) * kBlock;
    Block blocks[4][2];
    AIE2_UNROLL
    for (int i = 0; i < 4; ++i) {
      AIE2_UNROLL
      for (int j = 0; j < 2; ++j) {
        blocks[i][j] = Block(aie::load_v<kBlock>(corner + (i * kWidthBlocks + j) * kBlock));
      }
    }
    AIE2_UNROLL
    for (int step = 0; step < kKeys / kStep; ++step) {
      const bfloat16* const values = v + (step * kWidthBlocks + column) * kOperand;
      const auto right0 = aie::load_v<kOperand>(values);
      const auto right1 = aie::load_v<kOperand>(values + kOperand);
      AIE2_UNROLL
      for (int i = 0; i < 4; ++i) {
        const auto left =
            aie::load_v<kOperand>(weights + (row + i) * kWeightStride + step * kOperand);
        blocks[i][0].mac(left, right0);
        blocks[i][1].mac(left, right1);
      }
    }
    AIE2_UNROLL
    for (int i = 0; i < 4; ++i) {
      AIE2_UNROLL
      for (int j = 0; j < 2; ++j) {
        aie::store_v(corner + (i * kWidthBlocks + j) * kBlock, blocks[i][j].to_vector<float>());
      }
    }
  }
}

// out (16, columns, 4, 4) = sums / totals, of that many blocks of columns from `first` on.
inline void finish(const State& state, const float* sums, int first, int columns, bfloat16* out) {
  const Lanes one = all_lanes(kOneBits);
  for (int row = 0; row < kRowBlocks; ++row) {
    const Reciprocal by =
        reciprocal(row_sum(Sums(aie::load_v<kBlock>(state.totals + row * kBlock))), one);
    AIE2_LOOP(column, columns, 8, "finish", none) {
      const Sums sum(aie::load_v<kBlock>(sums + (row * kWidthBlocks + first + column) * kBlock));
      aie::store_v(out + (row * columns + column) * kBlock, product(sum, by.high, by.low, one));
    }
  }
}

// No key so far.
inline void clear(const State& state, float* sums) {
  const auto zero = aie::zeros<float, kBlock>();
  const Lanes lowest = all_lanes(kLowestBits);
  AIE2_LOOP(block, kRowBlocks * kWidthBlocks, 256, "zero sums", none) {
    aie::store_v(sums + block * kBlock, zero);
  }
  AIE2_LOOP(row, kRowBlocks, 16, "no maxima", none) {
    aie::store_v(state.maxima + row * kBlock, lowest);
    aie::store_v(state.limits + row * kBlock, lowest);
    aie::store_v(state.totals + row * kBlock, zero);
  }
}

inline State state_of(bfloat16* maxima, float* totals) {
  return {maxima, maxima + kQueries * 4, maxima + 2 * kQueries * 4, totals};
}

}  // namespace flash
}  // namespace tessera::compute::kernels::aie2
