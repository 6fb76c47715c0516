// An int8 encoder's residual sums and norms on an AIE2 core, 32 rows in a panel of x after the
// other. The stream's weights are rotated and have no mean (QuaRot, Ashkboos et al. 2024): a
// LayerNorm is a division by the root of the mean square, and what it gives is near to normal, so
// that one scale for all bytes is enough.
//
// A register is 4 numbers each of two halves of two rows: the 4 rows of a block of A.
#include "src/compute/kernels/aie2_bf16_inl.h"
#include "src/compute/kernels/encoder/encoder_i8_aie2.h"

namespace tessera::compute::kernels::aie2 {
namespace {

constexpr int kPairs = 16, kRuns = 8;  // pairs of rows; runs of 4 numbers in half a row

// x + y of a pair of rows, rounded. y's blocks have two pairs.
Lanes sum_of(const bfloat16* x, const bfloat16* y, int pair, int run) {
  const Lanes a = aie::load_v<16>(x + (pair * kRuns + run) * 16);
  const Lanes b = aie::load_v<16>(y + (pair / 2 * kRuns + run) * 32 + pair % 2 * 16);
  return aie::add(Sums(a), Sums(b)).to_vector<bfloat16>();
}

// Of two registers in groups of 2 `step` lanes: the sums of their halves.
Sums fold(const Sums& a, const Sums& b, unsigned step) {
  const auto [even, odd] = aie::interleave_unzip(a.to_vector<float>(), b.to_vector<float>(), step);
  return aie::add(Sums(even), Sums(odd));
}

// Each of 16 rows in 8 lanes: (8, 2, 8).
void store_in_eight_lanes(const Lanes& rows, bfloat16* out) {
  const auto [a, b] = aie::interleave_zip(rows, rows, 1);
  AIE2_UNROLL
  for (int half = 0; half < 2; ++half) {
    const Lanes& pairs = half == 0 ? a : b;
    const auto [c, d] = aie::interleave_zip(pairs, pairs, 2);
    const auto [e, f] = aie::interleave_zip(c, c, 4);
    const auto [g, h] = aie::interleave_zip(d, d, 4);
    bfloat16* const place = out + half * 4 * 16;
    aie::store_v(place, e);
    aie::store_v(place + 16, f);
    aie::store_v(place + 32, g);
    aie::store_v(place + 48, h);
  }
}

// The sums of squares become factors, 16 rows at a time.
void make_factors(NormStateI8* state) {
  const Lanes one = all_lanes(kOneBits);
  const Factor share = factor_of(Sums(aie::load_v<16>(state->share)), one);
  AIE2_LOOP(half, 2, 2, "factors", none) {
    const float* const squares = &state->squares[half * 8][0][0];
    Sums fours[4];
    AIE2_UNROLL
    for (int i = 0; i < 4; ++i) {
      fours[i] = fold(Sums(aie::load_v<16>(squares + 2 * i * 16)),
                      Sums(aie::load_v<16>(squares + (2 * i + 1) * 16)), 4);
    }
    const Sums total = fold(fold(fours[0], fours[1], 2), fold(fours[2], fours[3], 2), 1);
    const Factor squares_of = factor_of(total, one);
    const Sums mean =
        aie::mac(aie::mac(aie::mac(all_sums(kNormEpsilon), squares_of.high, share.high),
                          squares_of.high, share.low),
                 squares_of.low, share.high);
    const Factor factor = inverse_root(mean, one);
    store_in_eight_lanes(factor.high, &state->high[half * 8][0][0]);
    store_in_eight_lanes(factor.low, &state->low[half * 8][0][0]);
  }
  state->has_factors = 1;
}

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" {

using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)

void encoder_i8_norm_begin(NormStateI8* state, int32_t d_model) {
  set_modes();
  const auto zeros = aie::zeros<float, 16>();
  AIE2_LOOP(pair, kPairs, 16, "zero squares", none) {
    aie::store_v(&state->squares[pair][0][0], zeros);
  }
  const float share = aie::inv(static_cast<float>(d_model) * (kNormUnits * kNormUnits));
  aie::store_v(state->share, aie::broadcast<float, 16>(share));
  scalar_work(0, 2);
  state->has_factors = 0;
}

void encoder_i8_norm_add(const bfloat16* x, const bfloat16* y, NormStateI8* state, bfloat16* sum) {
  set_modes();
  AIE2_LOOP(pair, kPairs, 16, "residual sums", none) {
    float* const place = &state->squares[pair][0][0];
    Sums squares(aie::load_v<16>(place));
    AIE2_UNROLL
    for (int run = 0; run < kRuns; ++run) {
      const Lanes added = sum_of(x, y, pair, run);
      aie::store_v(sum + (pair * kRuns + run) * 16, added);
      squares = aie::mac(squares, added, added);
    }
    aie::store_v(place, squares.to_vector<float>());
  }
}

void encoder_i8_norm_write(const bfloat16* x, const bfloat16* y, NormStateI8* state, int8_t* out,
                           int32_t part) {
  set_modes();
  scalar_work(1, 1);
  if (state->has_factors == 0) make_factors(state);
  aie::set_saturation(aie::saturation_mode::saturate);
  // Rounded by what a sum with 1.5 * 2^23 has no bits for.
  constexpr int32_t kMagic = 0x4b400000;
  const Sums magic = all_sums(12582912.0f);
  AIE2_LOOP(pair, kPairs, 16, "normalise", none) {
    const Lanes high = aie::load_v<16>(&state->high[pair][0][0]);
    const Lanes low = aie::load_v<16>(&state->low[pair][0][0]);
    AIE2_UNROLL
    for (int two = 0; two < kRuns / 2; ++two) {
      aie::vector<int16_t, 16> rows[2];
      AIE2_UNROLL
      for (int i = 0; i < 2; ++i) {
        const Lanes added = sum_of(x, y, pair, 2 * two + i);
        const Sums scaled = aie::mac(aie::mul(added, high), added, low);
        const auto bits = aie::add(scaled, magic).to_vector<float>().cast_to<int32_t>();
        rows[i] = aie::accum<acc32, 16>(aie::sub(bits, kMagic)).to_vector<int16_t>(0);
      }
      // 16 bytes of each row.
      const auto [first, second] = aie::interleave_zip(rows[0], rows[1], 8);
      aie::store_v(out + (pair * 8 + part * 4 + two) * 32, aie::concat(first, second).pack());
    }
  }
}
}
