// What the bfloat16 kernels for AIE2 cores share: powers of two, exact products with float32 sums,
// rows of 4x4 blocks.
#pragma once

#include "src/compute/kernels/aie2_kernel.h"

namespace tessera::compute::kernels::aie2 {

using Lanes = aie::vector<bfloat16, 16>;
using Sums = aie::accum<accfloat, 16>;

/// A bfloat16 in all lanes, by its bits: the scalar unit knows no floats.
inline Lanes all_lanes(int16_t bits) {
  return aie::broadcast<int16_t, 16>(bits).cast_to<bfloat16>();
}
inline Sums all_sums(float value) { return Sums(aie::broadcast<float, 16>(value)); }

inline constexpr int16_t kOneBits = 0x3f80, kMinusOneBits = static_cast<int16_t>(0xbf80);

// 2^t for t of at most 8. t + kShifter is a float32 whose lowest bit is 2^-7: the bits above
// 0x47c00000 are those of the bfloat16 v = 2^k (1 + f), where t = k + f, f rounded to 7 bits
// (Schraudolph, Neural Computation 11, 1999). What v lacks is a factor 1 + r(1 + f), -0.06 <= r <=
// 0: a cubic in z = f - 1/2, fitted for the least largest error with its steps rounded to bfloat16:
// 0.09 %. f's rounding adds 0.27 %. The result's own rounding may be 0.39 %.
inline constexpr float kShifter = 98304 + 127;  // 1.5 * 2^16, and the exponent's bias
inline constexpr int32_t kShifterBits = 0x47c00000;
inline constexpr float kCubic0 = -0.05793976f, kCubic1 = 0.02539113f, kCubic2 = 0.22925127f;
inline constexpr int16_t kCubic3Bits = static_cast<int16_t>(0xbdc9);  // -0.098145

/// The constants of exp2, which a loop keeps in registers.
struct Exp2 {
  Sums c0 = all_sums(kCubic0), c1 = all_sums(kCubic1), c2 = all_sums(kCubic2),
       half = all_sums(-1.5f);
  Lanes c3 = all_lanes(kCubic3Bits), one = all_lanes(kOneBits);
  aie::vector<int16_t, 16> fraction = aie::broadcast<int16_t, 16>(0x7f);
  aie::vector<int16_t, 16> exponent = aie::broadcast<int16_t, 16>(kOneBits);

  /// 2^t as sums, of t + kShifter. Below -127 it is 0, whatever t is.
  Sums operator()(const Sums& shifted) const {
    const auto bits = aie::max(shifted.to_vector<float>().cast_to<int32_t>(), kShifterBits);
    // The lower half: saturation is off.
    const auto v16 = aie::accum<acc32, 16>(bits).to_vector<int16_t>(0);
    const Lanes w = aie::bit_or(aie::bit_and(v16, fraction), exponent).cast_to<bfloat16>();
    const Lanes v = v16.cast_to<bfloat16>();
    const Lanes z = aie::mac(half, w, one).to_vector<bfloat16>();  // exact: 6 bits
    const Lanes h2 = aie::mac(c2, z, c3).to_vector<bfloat16>();
    const Lanes h1 = aie::mac(c1, z, h2).to_vector<bfloat16>();
    const Lanes r = aie::mac(c0, z, h1).to_vector<bfloat16>();
    return aie::mac(Sums(v), v, r);
  }
};

/// sums * factor where the factor is a power of two or has few bits: the sums in three parts of
/// 8 bits each, so that nothing is lost.
inline Sums scaled(const Sums& sums, const Lanes& factor, const Lanes& one) {
  const Lanes high = sums.to_vector<bfloat16>();
  const Sums below = aie::msc(sums, high, one);
  const Lanes middle = below.to_vector<bfloat16>();
  const Lanes low = aie::msc(below, middle, one).to_vector<bfloat16>();
  return aie::mac(aie::mac(aie::mul(high, factor), middle, factor), low, factor);
}

/// sums * factor, rounded to bfloat16, of a factor in two parts: the sums in two parts as well.
inline Lanes product(const Sums& sums, const Lanes& factor_high, const Lanes& factor_low,
                     const Lanes& one) {
  const Lanes high = sums.to_vector<bfloat16>();
  const Lanes low = aie::msc(sums, high, one).to_vector<bfloat16>();
  return aie::mac(aie::mac(aie::mul(high, factor_high), high, factor_low), low, factor_high)
      .to_vector<bfloat16>();
}

/// A factor that is the sum of two bfloat16.
struct Factor {
  Lanes high, low;
};

inline Factor factor_of(const Sums& value, const Lanes& one) {
  const Lanes high = value.to_vector<bfloat16>();
  return {high, aie::msc(value, high, one).to_vector<bfloat16>()};
}

inline Sums negative(const Sums& value) {
  const auto sign = aie::broadcast<int32_t, 16>(static_cast<int32_t>(0x80000000));
  return Sums(aie::bit_xor(value.to_vector<float>().cast_to<int32_t>(), sign).cast_to<float>());
}

/// The sum of all lanes, in all lanes.
inline Sums sum_of_lanes(const Sums& sums) {
  return all_sums(aie::reduce_add(sums.to_vector<float>()));
}

/// What every kernel begins with: rounding to the nearest, and integers that wrap.
inline void set_modes() {
  aie::set_rounding(aie::rounding_mode::conv_even);
  aie::set_saturation(aie::saturation_mode::none);
}

/// 1 / x to 16 bits as the sum of two bfloat16, of normal x above 0: Newton's steps from a first
/// guess by subtracting bits, then the error of what was rounded.
struct Reciprocal {
  Lanes high, low;
};
inline Reciprocal reciprocal(const Sums& x, const Lanes& one) {
  const Lanes high = x.to_vector<bfloat16>();
  const Lanes low = aie::msc(x, high, one).to_vector<bfloat16>();
  // Within 12 %: the exponent is negated, the mantissa mirrored.
  constexpr int16_t kMirror = 0x7ef3;
  Lanes y =
      aie::sub(aie::broadcast<int16_t, 16>(kMirror), high.cast_to<int16_t>()).cast_to<bfloat16>();
  const Sums ones(one);
  AIE2_UNROLL
  for (int step = 0; step < 3; ++step) {  // 12 %, 1.4 %, and rounding
    const Lanes error = aie::msc(ones, high, y).to_vector<bfloat16>();
    y = aie::mac(Sums(y), y, error).to_vector<bfloat16>();
  }
  const Lanes error = aie::msc(aie::msc(ones, high, y), low, y).to_vector<bfloat16>();
  return {y, aie::mul(y, error).to_vector<bfloat16>()};
}

/// 1 / sqrt(x) to 16 bits likewise, of normal x above 0. The first guess halves the exponent and is
/// within 4 %, as for float32 (Lomont, Fast Inverse Square Root, 2003).
inline Factor inverse_root(const Sums& x, const Lanes& one) {
  const Factor parts = factor_of(x, one);
  constexpr int16_t kMirror = 0x5f37;
  Lanes y = aie::sub(aie::broadcast<int16_t, 16>(kMirror),
                     aie::downshift(parts.high.cast_to<int16_t>(), 1))
                .cast_to<bfloat16>();
  const Sums ones(one);
  const Lanes half = all_lanes(0x3f00);
  Factor correction{y, y};
  AIE2_UNROLL
  for (int step = 0; step < 3; ++step) {  // 4 %, 0.2 % and rounding, rounding
    // y is a bfloat16, so its square is the sum of two.
    const Factor square = factor_of(aie::mul(y, y), one);
    const Lanes error =
        aie::msc(aie::msc(aie::msc(ones, parts.high, square.high), parts.high, square.low),
                 parts.low, square.high)
            .to_vector<bfloat16>();
    const Lanes step_of = aie::mul(error, half).to_vector<bfloat16>();
    correction = {y, aie::mul(y, step_of).to_vector<bfloat16>()};
    y = aie::mac(Sums(y), y, step_of).to_vector<bfloat16>();
  }
  return correction;  // the last step's y, and what it lacked
}

/// The largest of each row of a 4x4 block, in all four lanes of its row.
inline Lanes row_max(const Lanes& block) {
  Lanes columns = aie::transpose(block, 4, 4);
  columns = aie::max(columns, aie::shuffle_down_rotate(columns, 8));
  columns = aie::max(columns, aie::shuffle_down_rotate(columns, 4));
  return aie::transpose(columns, 4, 4);
}

/// The sum of each row of a 4x4 block, likewise.
inline Sums row_sum(const Sums& block) {
  auto columns = aie::transpose(block.to_vector<float>(), 4, 4);
  columns = aie::add(Sums(columns), Sums(aie::shuffle_down_rotate(columns, 8))).to_vector<float>();
  columns = aie::add(Sums(columns), Sums(aie::shuffle_down_rotate(columns, 4))).to_vector<float>();
  return Sums(aie::transpose(columns, 4, 4));
}

/// Two 4x4 blocks beside each other as one of 4x8, the left operand of mmul 4x8x4.
inline aie::vector<bfloat16, 32> joined(const Lanes& left, const Lanes& right) {
  const auto [top, bottom] = aie::interleave_zip(left, right, 4);
  return aie::concat(top, bottom);
}

/// A 4x4 block of a product.
using Block = aie::mmul<4, 8, 4, bfloat16, bfloat16, accfloat>;

}  // namespace tessera::compute::kernels::aie2
