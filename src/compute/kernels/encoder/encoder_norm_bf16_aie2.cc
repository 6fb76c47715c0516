// x + y and its LayerNorm in bfloat16 for an AIE2 core, twice through 32 rows: for sums and sums of
// squares in float32, and to apply them. Nothing of a row is kept but these.
//
// As rows of 32 numbers, two to a row of 64, x comes in blocks of 4 x 8 and the result goes in
// blocks of 4 x 4; y comes in blocks of 8 rows x 4 numbers. All three meet in blocks of two rows:
// four numbers of the first row's first half, of its second half, and the same of the second row.
#include "src/compute/kernels/aie2_bf16_inl.h"
#include "src/compute/kernels/encoder/encoder_bf16_aie2.h"

namespace tessera::compute::kernels::aie2 {
namespace {

constexpr int kBlock = 16, kOperand = 32;
constexpr int kGroups = 4;      // of 8 columns in half a row
constexpr int kYBlocks = 16;    // of 4 columns
constexpr int kHalfBlocks = 8;  // of them in half a row
constexpr float kEpsilon = 1e-5f;

struct State {
  explicit State(float* place)
      : sums(place),
        squares(place + kNormSquares / 4),
        inverse(reinterpret_cast<bfloat16*>(squares)),
        numbers(reinterpret_cast<int32_t*>(place + kNormNumbers / 4)) {}

  float* sums;        // (16, 16): of a pair of rows; then minus the mean
  float* squares;     // (16, 16)
  bfloat16* inverse;  // (16, 2, 16), in their place: 1 / deviation in two parts
  int32_t* numbers;   // the width; whether the statistics are final
};

// Calls each(pair of rows, block of the result, x + y) for the 8 rows and 8 columns of each half
// that `trip` is about: 4 pairs, 2 blocks each.
template <class Each>
void for_each_sum(const bfloat16* x, const bfloat16* y, int trip, const Lanes& one, Each each) {
  const int rows = trip / kGroups, group = trip % kGroups;
  aie::vector<bfloat16, kOperand> added[2][2];  // (blocks, two pairs each)
  AIE2_UNROLL
  for (int block = 0; block < 2; ++block) {
    const bfloat16* const half = y + (rows * kYBlocks + 2 * group + block) * kOperand;
    const auto [upper, lower] = aie::interleave_zip(
        aie::load_v<kOperand>(half), aie::load_v<kOperand>(half + kHalfBlocks * kOperand), 4);
    added[block][0] = upper;
    added[block][1] = lower;
  }
  AIE2_UNROLL
  for (int i = 0; i < 4; ++i) {
    const int pair = 4 * rows + i;
    const auto both = aie::load_v<kOperand>(x + (pair * kGroups + group) * kOperand);
    const Lanes parts[2] = {aie::filter_even(both, 4), aie::filter_odd(both, 4)};
    AIE2_UNROLL
    for (int block = 0; block < 2; ++block) {
      const Lanes other = added[block][i / 2].extract<kBlock>(i % 2);
      const Sums sum = aie::mac(aie::mul(parts[block], one), other, one);
      each(pair, (pair * kHalfBlocks + 2 * group + block) * kBlock, sum.to_vector<bfloat16>());
    }
  }
}

// The sum of each half of the lanes, in all lanes of the half.
Sums half_sum(const Sums& lanes) {
  const auto quarters = row_sum(lanes).to_vector<float>();
  const auto [even, odd] = aie::interleave_unzip(quarters, quarters, 4);
  const auto both = aie::add(Sums(even), Sums(odd)).to_vector<float>();  // 0 1 0 1
  return Sums(aie::interleave_zip(both, both, 4).first);
}

// value * share to 16 bits, of a share in two parts.
Sums share_of(const Sums& value, const Factor& share, const Lanes& one) {
  const Factor parts = factor_of(value, one);
  return aie::mac(aie::mac(aie::mul(parts.high, share.high), parts.high, share.low), parts.low,
                  share.high);
}

void finish_statistics(const State& state) {
  const Lanes one = all_lanes(kOneBits);
  const Factor share = factor_of(all_sums(aie::inv(static_cast<float>(state.numbers[0]))), one);
  const Sums epsilon = all_sums(kEpsilon);
  AIE2_LOOP(pair, kNormPairs, 16, "statistics", none) {
    const Sums mean =
        share_of(half_sum(Sums(aie::load_v<kBlock>(state.sums + pair * kBlock))), share, one);
    const Sums square =
        share_of(half_sum(Sums(aie::load_v<kBlock>(state.squares + pair * kBlock))), share, one);
    const Factor m = factor_of(mean, one);
    const Sums variance =
        aie::msc(aie::msc(aie::msc(square, m.high, m.high), m.high, m.low), m.high, m.low);
    // Rounding may leave a little less than nothing.
    const auto at_least_zero = aie::max(variance.to_vector<float>(), 0.0f);
    const Factor inverse = inverse_root(aie::add(Sums(at_least_zero), epsilon), one);
    aie::store_v(state.sums + pair * kBlock, negative(mean).to_vector<float>());
    aie::store_v(state.inverse + 2 * pair * kBlock, inverse.high);
    aie::store_v(state.inverse + (2 * pair + 1) * kBlock, inverse.low);
  }
  state.numbers[1] = 1;
}

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" {

using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)

void encoder_bf16_norm_begin(float* state, int32_t width) {
  const State parts(state);
  const auto zero = aie::zeros<float, kBlock>();
  AIE2_LOOP(pair, kNormPairs, 16, "no statistics", none) {
    aie::store_v(parts.sums + pair * kBlock, zero);
    aie::store_v(parts.squares + pair * kBlock, zero);
  }
  parts.numbers[0] = width;
  parts.numbers[1] = 0;
  scalar_work(0, 2);
}

void encoder_bf16_norm_add(const bfloat16* x, const bfloat16* y, float* state, bfloat16* sum) {
  set_modes();
  const State parts(state);
  const Lanes one = all_lanes(kOneBits);
  AIE2_LOOP(trip, 16, 16, "add", float_sum) {
    for_each_sum(x, y, trip, one, [&](int pair, int place, const Lanes& block) {
      float* const sums = parts.sums + pair * kBlock;
      float* const squares = parts.squares + pair * kBlock;
      aie::store_v(sums, aie::mac(Sums(aie::load_v<kBlock>(sums)), block, one).to_vector<float>());
      aie::store_v(squares,
                   aie::mac(Sums(aie::load_v<kBlock>(squares)), block, block).to_vector<float>());
      aie::store_v(sum + place, block);
    });
  }
}

void encoder_bf16_norm_write(const bfloat16* x, const bfloat16* y, float* state, bfloat16* out,
                             int32_t) {
  set_modes();
  const State parts(state);
  scalar_work(1, 1);
  if (parts.numbers[1] == 0) finish_statistics(parts);
  const Lanes one = all_lanes(kOneBits);
  AIE2_LOOP(trip, 16, 16, "normalise", none) {
    for_each_sum(x, y, trip, one, [&](int pair, int place, const Lanes& block) {
      const Sums minus_mean(aie::load_v<kBlock>(parts.sums + pair * kBlock));
      const Lanes high = aie::load_v<kBlock>(parts.inverse + 2 * pair * kBlock);
      const Lanes low = aie::load_v<kBlock>(parts.inverse + (2 * pair + 1) * kBlock);
      aie::store_v(out + place, product(aie::mac(minus_mean, block, one), high, low, one));
    });
  }
}
}
