// bfloat16 as an AIE2 core knows it: the upper half of a float32.
#pragma once

#include <bit>
#include <cstdint>

#include "src/compute/npu/emulator/shift_round.h"

namespace tessera::compute::npu {

/// A number of 8 bits of exponent and 7 of mantissa. Arithmetic on it is the vector unit's alone.
struct Bfloat16 {
  std::uint16_t bits = 0;

  /// Exact.
  float to_float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }
  bool operator==(const Bfloat16& other) const = default;
};

/// Which way the floor mode takes a float32 that is not a bfloat16. Reports of silicon say toward
/// zero (drakosha/whisper-xdna: 94 % of deviations shrink; mlir-aie PR 3467); a comment of
/// mlir-aie's mm_aie2.h says toward minus infinity.
enum class FloatFloor : std::uint8_t { toward_zero, toward_minus_infinity };

/// To the bfloat16 beside it that the mode says; halves are those of the magnitude's lower 16 bits.
/// Denormals are kept; what is not a number becomes 0x7fc0.
Bfloat16 to_bfloat16(float value, Rounding mode, FloatFloor floor);

/// `count` of them.
void to_bfloat16(const float* in, Bfloat16* out, unsigned count, Rounding mode, FloatFloor floor);

/// The largest integer of at most value * 2^shift, kept to int32: VFLOOR, which no mode changes.
/// What is not a number gives 0.
std::int32_t floor_to_fixed(Bfloat16 value, int shift);

}  // namespace tessera::compute::npu
