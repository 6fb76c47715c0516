// Attention of 64 queries over 32 keys at a time, in bfloat16 with float32 sums, for an AIE2 core.
//
// Scores stay in the 4x4 blocks that mmul leaves, and in float32, since a bfloat16 of 10 octaves is
// off by 2 %: a row's maximum is one over lanes of four rows at once, and weights become mmul's
// left operand by joining two blocks. Maxima are rounded to whole numbers, so that sums are
// rescaled exactly, and only when a maximum grows by more than 8, which floats have room for
// (online softmax: Milakov and Gimelshein 2018; FlashAttention: Dao et al. 2022).
#include "src/compute/kernels/aie2_bf16_inl.h"

namespace tessera::compute::kernels::aie2 {
namespace {

constexpr int kQueries = 64, kKeys = 32, kWidth = 64;
constexpr int kRowBlocks = kQueries / 4, kKeyBlocks = kKeys / 4, kWidthBlocks = kWidth / 4;
constexpr int kBlock = 16;            // elements of a 4x4 block
constexpr int kOperand = 32;          // elements of a 4x8 or 8x4 operand
constexpr int kStep = 8;              // of the summed dimension in one product
constexpr float kToWhole = 12582912;  // 1.5 * 2^23: the sum has no bits below 1

// Keys and values twice: their fifos are two deep.
constexpr int kBufferBytes = kQueries * kWidth * 2 + 2 * 2 * kKeys * kWidth * 2 +
                             kQueries * kKeys * 4 + kQueries * kWidth * 4 + kQueries * kWidth * 2 +
                             kQueries * 4 * (2 + 2 + 2 + 4);
constexpr int kStackBytes = 2048;
static_assert(kBufferBytes + kStackBytes <= kMemoryBytes);

constexpr int kWeightStride = 2 * kKeyBlocks * kBlock;  // bfloat16 in a row block's scores

bfloat16* weights_in(float* scores) { return reinterpret_cast<bfloat16*>(scores); }

struct State {
  bfloat16*
      maxima;  // (64, 4): what exponents are relative to, a whole number, in all lanes of a row
  bfloat16* limits;  // (64, 4): the maximum above which that has to change
  bfloat16* fresh;   // (64, 4): of these keys
  float* totals;     // (64, 4): sums of weights; a row's is the sum of its lanes
};

// scores (16, 8, 4, 4) = q (16, 8, 4, 8) k^T, k (8, 8, 4, 8).
void compute_scores(const bfloat16* q, const bfloat16* k, float* scores) {
  for (int row = 0; row < kRowBlocks; row += 4) {
    for (int key = 0; key < kKeyBlocks; key += 4) {
      Block sums[4][4];
      AIE2_LOOP(step, kWidth / kStep, 8, "scores", float_sum) {
        aie::vector<bfloat16, kOperand> left[4], right[4];
        AIE2_UNROLL
        for (int i = 0; i < 4; ++i) {
          left[i] = aie::load_v<kOperand>(q + ((row + i) * (kWidth / kStep) + step) * kOperand);
          right[i] = aie::transpose(
              aie::load_v<kOperand>(k + ((key + i) * (kWidth / kStep) + step) * kOperand), 4, 8);
        }
        AIE2_UNROLL
        for (int i = 0; i < 4; ++i) {
          AIE2_UNROLL
          for (int j = 0; j < 4; ++j) sums[i][j].mac(left[i], right[j]);
        }
      }
      AIE2_UNROLL
      for (int i = 0; i < 4; ++i) {
        AIE2_UNROLL
        for (int j = 0; j < 4; ++j) {
          aie::store_v(scores + ((row + i) * kKeyBlocks + key + j) * kBlock,
                       sums[i][j].to_vector<float>());
        }
      }
    }
  }
}

// Scores of keys that are none become so low that their power of two is 0.
void mask_scores(float* scores, int valid_keys) {
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
uint32_t find_maxima(const float* scores, const State& state) {
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

// Makes sums relative to the new maxima of a block of rows.
void rescale(int row, const State& state, float* sums) {
  const Lanes one = all_lanes(kOneBits), slack = all_lanes(0x4100);  // 8
  const Lanes before = aie::load_v<kBlock>(state.maxima + row * kBlock);
  const Lanes now = aie::max(before, aie::load_v<kBlock>(state.fresh + row * kBlock));
  aie::store_v(state.maxima + row * kBlock, now);
  aie::store_v(state.limits + row * kBlock, aie::add(now, slack));
  // 2^(before - now), by its exponent's 8 bits.
  const auto exponent = aie::max(
      aie::add(aie::to_fixed<int32_t>(aie::sub(before, now), 7), int32_t{kOneBits}), int32_t{0});
  const Lanes factor = aie::accum<acc32, 16>(exponent).to_vector<int16_t>(0).cast_to<bfloat16>();
  float* const total = state.totals + row * kBlock;
  aie::store_v(total, scaled(Sums(aie::load_v<kBlock>(total)), factor, one).to_vector<float>());
  float* const blocks = sums + row * kWidthBlocks * kBlock;
  AIE2_LOOP(column, kWidthBlocks, 16, "rescale", none) {
    float* const block = blocks + column * kBlock;
    aie::store_v(block, scaled(Sums(aie::load_v<kBlock>(block)), factor, one).to_vector<float>());
  }
}

// Scores become weights (16, 4, 4, 8), each row block where its scores were.
void compute_weights(float* scores, const State& state) {
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
void add_values(const bfloat16* weights, const bfloat16* v, float* sums) {
  for (int row = 0; row < kRowBlocks; row += 4) {
    for (int column = 0; column < kWidthBlocks; column += 4) {
      Block blocks[4][4];
      float* const corner = sums + (row * kWidthBlocks + column) * kBlock;
      AIE2_UNROLL
      for (int i = 0; i < 4; ++i) {
        AIE2_UNROLL
        for (int j = 0; j < 4; ++j) {
          blocks[i][j] = Block(aie::load_v<kBlock>(corner + (i * kWidthBlocks + j) * kBlock));
        }
      }
      AIE2_LOOP(step, kKeys / kStep, 4, "values", float_sum) {
        aie::vector<bfloat16, kOperand> left[4], right[4];
        AIE2_UNROLL
        for (int i = 0; i < 4; ++i) {
          left[i] = aie::load_v<kOperand>(weights + (row + i) * kWeightStride + step * kOperand);
          right[i] = aie::load_v<kOperand>(v + (step * kWidthBlocks + column + i) * kOperand);
        }
        AIE2_UNROLL
        for (int i = 0; i < 4; ++i) {
          AIE2_UNROLL
          for (int j = 0; j < 4; ++j) blocks[i][j].mac(left[i], right[j]);
        }
      }
      AIE2_UNROLL
      for (int i = 0; i < 4; ++i) {
        AIE2_UNROLL
        for (int j = 0; j < 4; ++j) {
          aie::store_v(corner + (i * kWidthBlocks + j) * kBlock, blocks[i][j].to_vector<float>());
        }
      }
    }
  }
}

// Nothing has been seen; the maxima are those of the first keys.
void begin(const State& state, float* sums) {
  const auto zero = aie::zeros<float, kBlock>();
  const Lanes slack = all_lanes(0x4100);  // 8
  AIE2_LOOP(block, kRowBlocks * kWidthBlocks, 256, "clear", none) {
    aie::store_v(sums + block * kBlock, zero);
  }
  AIE2_LOOP(row, kRowBlocks, 16, "begin", none) {
    const Lanes whole = aie::load_v<kBlock>(state.fresh + row * kBlock);
    aie::store_v(state.maxima + row * kBlock, whole);
    aie::store_v(state.limits + row * kBlock, aie::add(whole, slack));
    aie::store_v(state.totals + row * kBlock, zero);
  }
}

// out (16, 16, 4, 4) = sums / totals.
void finish(const State& state, const float* sums, bfloat16* out) {
  const Lanes one = all_lanes(kOneBits);
  for (int row = 0; row < kRowBlocks; ++row) {
    const Reciprocal by =
        reciprocal(row_sum(Sums(aie::load_v<kBlock>(state.totals + row * kBlock))), one);
    AIE2_LOOP(column, kWidthBlocks, 16, "finish", none) {
      const int block = (row * kWidthBlocks + column) * kBlock;
      const Sums sum(aie::load_v<kBlock>(sums + block));
      const Lanes high = sum.to_vector<bfloat16>();
      const Lanes low = aie::msc(sum, high, one).to_vector<bfloat16>();
      const Sums quotient = aie::mac(aie::mac(aie::mul(high, by.high), high, by.low), low, by.high);
      aie::store_v(out + block, quotient.to_vector<bfloat16>());
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" void flash_attention_bf16_aie2(const bfloat16* q, const bfloat16* k, const bfloat16* v,
                                          float* scores, float* sums, bfloat16* maxima,
                                          float* totals, bfloat16* out, int32_t valid_keys,
                                          int32_t is_first, int32_t is_last) {
  using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)
  aie::set_rounding(aie::rounding_mode::conv_even);
  aie::set_saturation(aie::saturation_mode::none);
  const State state = {maxima, maxima + kQueries * 4, maxima + 2 * kQueries * 4, totals};
  compute_scores(q, k, scores);
  if (valid_keys < kKeys) mask_scores(scores, valid_keys);
  uint32_t changed = find_maxima(scores, state);
  if (is_first != 0) {
    begin(state, sums);
    changed = 0;
  }
  for (int row = 0; changed != 0; ++row, changed >>= 1) {
    if ((changed & 1) != 0) rescale(row, state, sums);
  }
  compute_weights(scores, state);
  add_values(weights_in(scores), v, sums);
  if (is_last != 0) finish(state, sums, out);
}
