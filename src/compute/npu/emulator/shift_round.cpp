#include "src/compute/npu/emulator/shift_round.h"

#include <limits>
#include <type_traits>

namespace tessera::compute::npu {
namespace {

// floor(x / 2^shift), one more where the mode says so. 0 < shift < bits of Int.
template <Rounding kMode, class Int>
Int round_shift(Int x, int shift) {
  using Unsigned = std::make_unsigned_t<Int>;
  const Int floor = x >> shift;
  const auto rest = static_cast<Unsigned>(x) & ((Unsigned{1} << shift) - 1);
  const Unsigned half = Unsigned{1} << (shift - 1);
  bool up = false;
  if constexpr (kMode == Rounding::ceil) up = rest != 0;
  if constexpr (kMode == Rounding::symmetric_floor) up = (rest != 0) & (x < 0);
  if constexpr (kMode == Rounding::symmetric_ceil) up = (rest != 0) & (x >= 0);
  if constexpr (kMode == Rounding::negative_inf) up = rest > half;
  if constexpr (kMode == Rounding::positive_inf) up = rest >= half;
  if constexpr (kMode == Rounding::symmetric_zero) up = rest + (x < 0) > half;
  if constexpr (kMode == Rounding::symmetric_inf) up = rest + (x >= 0) > half;
  if constexpr (kMode == Rounding::conv_even) up = rest + (floor & 1) > half;
  if constexpr (kMode == Rounding::conv_odd) up = rest + (~floor & 1) > half;
  return floor + (up ? 1 : 0);
}

template <class Out>
constexpr std::int64_t lowest_of(Saturation saturation) {
  if (std::is_unsigned_v<Out>) return 0;
  if (saturation == Saturation::symmetric) {
    return -static_cast<std::int64_t>(std::numeric_limits<Out>::max());
  }
  return std::numeric_limits<Out>::min();
}

template <class Out, class Int>
Out fit(Int value, Saturation saturation) {
  if (saturation == Saturation::none) return static_cast<Out>(value);
  // A 32-bit accumulator and a 32-bit result: the limits are those of the type.
  const std::int64_t lowest = lowest_of<Out>(saturation);
  const std::int64_t highest = std::numeric_limits<Out>::max();
  if constexpr (sizeof(Out) < sizeof(Int)) {
    const auto low = static_cast<Int>(lowest), high = static_cast<Int>(highest);
    return static_cast<Out>(value < low ? low : value > high ? high : value);
  }
  return static_cast<Out>(value < lowest ? lowest : value > highest ? highest : value);
}

// The mode outside the loop, so that a compiler makes vectors of the lanes.
template <Rounding kMode, class Int, class In, class Out>
void run(const In* in, Out* out, unsigned count, int shift, Saturation saturation) {
  if (saturation == Saturation::none) {
    for (unsigned i = 0; i < count; ++i) {
      out[i] = static_cast<Out>(round_shift<kMode>(static_cast<Int>(in[i]), shift));
    }
    return;
  }
  for (unsigned i = 0; i < count; ++i) {
    out[i] = fit<Out>(round_shift<kMode>(static_cast<Int>(in[i]), shift), saturation);
  }
}

template <class Int, class In, class Out>
void shift_right(const In* in, Out* out, unsigned count, int shift, Rounding rounding,
                 Saturation saturation) {
  switch (rounding) {
    case Rounding::floor:
      return run<Rounding::floor, Int>(in, out, count, shift, saturation);
    case Rounding::ceil:
      return run<Rounding::ceil, Int>(in, out, count, shift, saturation);
    case Rounding::symmetric_floor:
      return run<Rounding::symmetric_floor, Int>(in, out, count, shift, saturation);
    case Rounding::symmetric_ceil:
      return run<Rounding::symmetric_ceil, Int>(in, out, count, shift, saturation);
    case Rounding::negative_inf:
      return run<Rounding::negative_inf, Int>(in, out, count, shift, saturation);
    case Rounding::positive_inf:
      return run<Rounding::positive_inf, Int>(in, out, count, shift, saturation);
    case Rounding::symmetric_zero:
      return run<Rounding::symmetric_zero, Int>(in, out, count, shift, saturation);
    case Rounding::symmetric_inf:
      return run<Rounding::symmetric_inf, Int>(in, out, count, shift, saturation);
    case Rounding::conv_even:
      return run<Rounding::conv_even, Int>(in, out, count, shift, saturation);
    case Rounding::conv_odd:
      return run<Rounding::conv_odd, Int>(in, out, count, shift, saturation);
  }
}

template <class In, class Out>
void shift_left(const In* in, Out* out, unsigned count, int shift, Saturation saturation) {
  for (unsigned i = 0; i < count; ++i) {
    const __int128 value = static_cast<__int128>(in[i]) * (static_cast<__int128>(1) << shift);
    out[i] = fit<Out>(value, saturation);
  }
}

}  // namespace

template <class In, class Out>
void shift_round_saturate(const In* in, Out* out, unsigned count, int shift, Rounding rounding,
                          Saturation saturation) {
  if (shift <= 0) return shift_left(in, out, count, -shift, saturation);
  // 32 bits where they are enough: a baseline x86-64 shifts vectors of them and not of 64.
  if (sizeof(In) == 4 && shift < 32) {
    return shift_right<In>(in, out, count, shift, rounding, saturation);
  }
  shift_right<std::int64_t>(in, out, count, shift, rounding, saturation);
}

#define TESSERA_INSTANTIATE(In, Out) \
  template void shift_round_saturate(const In*, Out*, unsigned, int, Rounding, Saturation);
TESSERA_INSTANTIATE(std::int32_t, std::int8_t)
TESSERA_INSTANTIATE(std::int32_t, std::uint8_t)
TESSERA_INSTANTIATE(std::int32_t, std::int16_t)
TESSERA_INSTANTIATE(std::int32_t, std::uint16_t)
TESSERA_INSTANTIATE(std::int64_t, std::int8_t)
TESSERA_INSTANTIATE(std::int64_t, std::uint8_t)
TESSERA_INSTANTIATE(std::int64_t, std::int16_t)
TESSERA_INSTANTIATE(std::int64_t, std::uint16_t)
TESSERA_INSTANTIATE(std::int64_t, std::int32_t)
TESSERA_INSTANTIATE(std::int64_t, std::uint32_t)
TESSERA_INSTANTIATE(std::int16_t, std::int8_t)
TESSERA_INSTANTIATE(std::int16_t, std::uint8_t)
TESSERA_INSTANTIATE(std::uint16_t, std::uint8_t)
#undef TESSERA_INSTANTIATE

}  // namespace tessera::compute::npu
