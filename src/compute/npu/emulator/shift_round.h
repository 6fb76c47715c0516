// SRS, the way from an accumulator to a vector: shift, round, saturate (AM020; Xilinx/aie_api).
#pragma once

#include <cstdint>

namespace tessera::compute::npu {

/// The values of the core's rounding register. Of what a shift discards, the first four look at any
/// bit, the others at its relation to one half.
enum class Rounding : std::uint8_t {
  floor = 0,            ///< toward minus infinity; the default at power-up
  ceil = 1,             ///< toward plus infinity
  symmetric_floor = 2,  ///< toward zero
  symmetric_ceil = 3,   ///< away from zero
  negative_inf = 8,     ///< to the nearest, halves toward minus infinity
  positive_inf = 9,     ///< to the nearest, halves toward plus infinity
  symmetric_zero = 10,  ///< to the nearest, halves toward zero
  symmetric_inf = 11,   ///< to the nearest, halves away from zero
  conv_even = 12,       ///< to the nearest, halves to even
  conv_odd = 13,        ///< to the nearest, halves to odd
};

/// The values of the core's saturation register: what becomes of numbers that do not fit.
enum class Saturation : std::uint8_t {
  none = 0,       ///< the lower bits are kept; the default at power-up
  saturate = 1,   ///< the nearest number that fits
  symmetric = 3,  ///< the same, but never less than minus the largest
};

/// out = saturate(round(in / 2^shift)) of `count` numbers. A shift of 0 or less is a shift to the
/// left and rounds nothing. Shifts are from -63 to 63.
template <class In, class Out>
void shift_round_saturate(const In* in, Out* out, unsigned count, int shift, Rounding rounding,
                          Saturation saturation);

}  // namespace tessera::compute::npu
