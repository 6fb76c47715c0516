#include "src/compute/npu/emulator/bfloat16.h"

#include <cmath>
#include <limits>

namespace tessera::compute::npu {
namespace {

constexpr std::uint32_t kSign = 0x80000000, kInfinity = 0x7f800000, kHalf = 0x8000;
constexpr std::uint16_t kNan = 0x7fc0;

// Whether a magnitude whose lower 16 bits are `rest` goes away from zero.
bool grows(bool negative, bool odd, std::uint32_t rest, Rounding mode, FloatFloor floor) {
  switch (mode) {
    case Rounding::floor:
      return floor == FloatFloor::toward_minus_infinity && negative && rest != 0;
    case Rounding::ceil:
      return !negative && rest != 0;
    case Rounding::symmetric_floor:
      return false;
    case Rounding::symmetric_ceil:
      return rest != 0;
    case Rounding::negative_inf:
      return negative ? rest >= kHalf : rest > kHalf;
    case Rounding::positive_inf:
      return negative ? rest > kHalf : rest >= kHalf;
    case Rounding::symmetric_zero:
      return rest > kHalf;
    case Rounding::symmetric_inf:
      return rest >= kHalf;
    case Rounding::conv_even:
      return rest > kHalf || (rest == kHalf && odd);
    case Rounding::conv_odd:
      return rest > kHalf || (rest == kHalf && !odd);
  }
  return false;
}

}  // namespace

Bfloat16 to_bfloat16(float value, Rounding mode, FloatFloor floor) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & ~kSign;
  if (magnitude > kInfinity) return {kNan};
  const std::uint32_t kept = magnitude >> 16;
  const bool up = grows((bits & kSign) != 0, kept % 2 == 1, magnitude & 0xffff, mode, floor);
  return {static_cast<std::uint16_t>((bits & kSign) >> 16 | (kept + (up ? 1 : 0)))};
}

void to_bfloat16(const float* in, Bfloat16* out, unsigned count, Rounding mode, FloatFloor floor) {
  for (unsigned i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(in[i]);
    if (mode == Rounding::conv_even && (bits & ~kSign) < kInfinity) {
      out[i].bits = static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    } else {
      out[i] = to_bfloat16(in[i], mode, floor);
    }
  }
}

std::int32_t floor_to_fixed(Bfloat16 value, int shift) {
  const double scaled = std::floor(std::ldexp(static_cast<double>(value.to_float()), shift));
  if (std::isnan(scaled)) return 0;
  constexpr double kLowest = std::numeric_limits<std::int32_t>::min();
  constexpr double kHighest = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(scaled < kLowest    ? kLowest
                                   : scaled > kHighest ? kHighest
                                                       : scaled);
}

}  // namespace tessera::compute::npu
