// SRS and the conversion to bfloat16, every mode: tables by hand from the definitions of the modes,
// and every result against the exact quotient in 128 bits.
#include "src/compute/npu/emulator/shift_round.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <random>
#include <vector>

#include "src/compute/npu/emulator/bfloat16.h"

namespace tessera::compute::npu {
namespace {

constexpr Rounding kModes[] = {Rounding::floor,           Rounding::ceil,
                               Rounding::symmetric_floor, Rounding::symmetric_ceil,
                               Rounding::negative_inf,    Rounding::positive_inf,
                               Rounding::symmetric_zero,  Rounding::symmetric_inf,
                               Rounding::conv_even,       Rounding::conv_odd};

template <class Out, class In>
Out convert(In in, int shift, Rounding rounding, Saturation saturation) {
  Out out;
  shift_round_saturate(&in, &out, 1, shift, rounding, saturation);
  return out;
}

TEST(ShiftRound, EveryModeByHand) {
  // Quarters: -2.5 -2.25 -2 -1.75 -1.5 -0.5 -0.25 0 0.25 0.5 1.5 1.75 2.25 2.5 3.5
  const std::vector<std::int32_t> in = {-10, -9, -8, -7, -6, -2, -1, 0, 1, 2, 6, 7, 9, 10, 14};
  const std::vector<std::vector<int>> expected = {
      {-3, -3, -2, -2, -2, -1, -1, 0, 0, 0, 1, 1, 2, 2, 3},  // floor
      {-2, -2, -2, -1, -1, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4},    // ceil
      {-2, -2, -2, -1, -1, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3},    // toward zero
      {-3, -3, -2, -2, -2, -1, -1, 0, 1, 1, 2, 2, 3, 3, 4},  // away from zero
      {-3, -2, -2, -2, -2, -1, 0, 0, 0, 0, 1, 2, 2, 2, 3},   // halves down
      {-2, -2, -2, -2, -1, 0, 0, 0, 0, 1, 2, 2, 2, 3, 4},    // halves up
      {-2, -2, -2, -2, -1, 0, 0, 0, 0, 0, 1, 2, 2, 2, 3},    // halves toward zero
      {-3, -2, -2, -2, -2, -1, 0, 0, 0, 1, 2, 2, 2, 3, 4},   // halves away from zero
      {-2, -2, -2, -2, -2, 0, 0, 0, 0, 0, 2, 2, 2, 2, 4},    // halves to even
      {-3, -2, -2, -2, -1, -1, 0, 0, 0, 1, 1, 2, 2, 3, 3},   // halves to odd
  };
  for (std::size_t mode = 0; mode < expected.size(); ++mode) {
    for (std::size_t i = 0; i < in.size(); ++i) {
      EXPECT_EQ(convert<std::int16_t>(in[i], 2, kModes[mode], Saturation::none), expected[mode][i])
          << "mode " << static_cast<int>(kModes[mode]) << " of " << in[i] << " / 4";
    }
  }
}

TEST(ShiftRound, EverySaturationByHand) {
  const auto floor = Rounding::floor;
  const auto byte = [&](std::int32_t in, Saturation saturation) {
    return static_cast<int>(convert<std::int8_t>(in, 0, floor, saturation));
  };
  EXPECT_EQ(byte(127, Saturation::none), 127);
  EXPECT_EQ(byte(128, Saturation::none), -128) << "the lower bits are kept";
  EXPECT_EQ(byte(-129, Saturation::none), 127);
  EXPECT_EQ(byte(300, Saturation::none), 44);
  EXPECT_EQ(byte(128, Saturation::saturate), 127);
  EXPECT_EQ(byte(-128, Saturation::saturate), -128);
  EXPECT_EQ(byte(-129, Saturation::saturate), -128);
  EXPECT_EQ(byte(-128, Saturation::symmetric), -127);
  EXPECT_EQ(byte(-127, Saturation::symmetric), -127);
  EXPECT_EQ(byte(500, Saturation::symmetric), 127);
  const auto unsigned_byte = [&](std::int32_t in, Saturation saturation) {
    return static_cast<int>(convert<std::uint8_t>(in, 0, floor, saturation));
  };
  EXPECT_EQ(unsigned_byte(-1, Saturation::none), 255);
  EXPECT_EQ(unsigned_byte(-1, Saturation::saturate), 0);
  EXPECT_EQ(unsigned_byte(256, Saturation::saturate), 255);
  EXPECT_EQ(unsigned_byte(-5, Saturation::symmetric), 0);
}

TEST(ShiftRound, EdgesOfTheShift) {
  constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
  const auto even = Rounding::conv_even;
  EXPECT_EQ(convert<std::int16_t>(std::int32_t{3}, 0, even, Saturation::saturate), 3);
  EXPECT_EQ(convert<std::int16_t>(std::int32_t{3}, -4, even, Saturation::saturate), 48);
  EXPECT_EQ(convert<std::int16_t>(std::int32_t{-3000}, -4, even, Saturation::saturate), -32768);
  EXPECT_EQ(convert<std::int16_t>(std::int32_t{3000}, -4, even, Saturation::none), -17536)
      << "48000 - 65536";
  EXPECT_EQ(convert<std::int8_t>(kLowest, 31, even, Saturation::saturate), -1);
  EXPECT_EQ(convert<std::int8_t>(kLowest, 32, even, Saturation::saturate), 0) << "half, to even";
  EXPECT_EQ(convert<std::int8_t>(kLowest, 32, Rounding::negative_inf, Saturation::none), -1);
  EXPECT_EQ(convert<std::int8_t>(std::int32_t{-1}, 63, Rounding::floor, Saturation::none), -1);
  constexpr std::int64_t kWide = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(convert<std::int32_t>(kWide, 32, Rounding::positive_inf, Saturation::saturate),
            std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(convert<std::int32_t>(kWide, 32, Rounding::positive_inf, Saturation::none),
            std::numeric_limits<std::int32_t>::min())
      << "2^31 in the lower bits";
}

// round(x / 2^shift) from its definition, in 128 bits.
__int128 rounded(__int128 x, int shift, Rounding mode) {
  const __int128 unit = static_cast<__int128>(1) << shift;
  __int128 below = x / unit;
  if (below * unit > x) --below;
  const __int128 twice = 2 * (x - below * unit);  // twice what is above `below`
  if (twice == 0) return below;
  const bool negative = x < 0;
  const auto half = [&](bool up) { return twice > unit || (twice == unit && up); };
  switch (mode) {
    case Rounding::floor:
      return below;
    case Rounding::ceil:
      return below + 1;
    case Rounding::symmetric_floor:
      return below + (negative ? 1 : 0);
    case Rounding::symmetric_ceil:
      return below + (negative ? 0 : 1);
    case Rounding::negative_inf:
      return below + (half(false) ? 1 : 0);
    case Rounding::positive_inf:
      return below + (half(true) ? 1 : 0);
    case Rounding::symmetric_zero:
      return below + (half(negative) ? 1 : 0);
    case Rounding::symmetric_inf:
      return below + (half(!negative) ? 1 : 0);
    case Rounding::conv_even:
      return below + (half(below % 2 != 0) ? 1 : 0);
    case Rounding::conv_odd:
      return below + (half(below % 2 == 0) ? 1 : 0);
  }
  return 0;
}

template <class Out>
Out fitted(__int128 x, Saturation saturation) {
  if (saturation == Saturation::none) return static_cast<Out>(static_cast<std::uint64_t>(x));
  const __int128 highest = std::numeric_limits<Out>::max();
  const __int128 lowest = std::numeric_limits<Out>::min() == 0  ? 0
                          : saturation == Saturation::symmetric ? -highest
                                                                : -highest - 1;
  return static_cast<Out>(x < lowest ? lowest : x > highest ? highest : x);
}

template <class In, class Out>
void compare_with_exact(std::mt19937_64& random) {
  constexpr int kBits = static_cast<int>(8 * sizeof(In));
  std::vector<In> in(33);
  std::vector<Out> out(in.size());
  for (int round = 0; round < 200; ++round) {
    const int shift = static_cast<int>(random() % 70) - 6;
    const auto mode = kModes[random() % std::size(kModes)];
    const Saturation saturation =
        std::vector{Saturation::none, Saturation::saturate, Saturation::symmetric}[random() % 3];
    for (auto& x : in) {  // of all sizes, about halves too
      x = static_cast<In>(static_cast<std::int64_t>(random()) >> random() % 64);
      if (shift > 0 && random() % 2 == 0) {
        x = static_cast<In>((x | ((In{1} << shift % kBits) - 1)) ^
                            (shift % kBits > 1 ? (In{1} << (shift % kBits - 1)) - 1 : 0));
      }
    }
    if (shift > 63) continue;
    shift_round_saturate(in.data(), out.data(), static_cast<unsigned>(in.size()), shift, mode,
                         saturation);
    for (std::size_t i = 0; i < in.size(); ++i) {
      const __int128 exact =
          shift > 0 ? rounded(in[i], shift, mode) : static_cast<__int128>(in[i]) << -shift;
      ASSERT_EQ(out[i], fitted<Out>(exact, saturation))
          << static_cast<std::int64_t>(in[i]) << " by " << shift << ", mode "
          << static_cast<int>(mode) << ", saturation " << static_cast<int>(saturation);
    }
  }
}

TEST(ShiftRound, EqualsTheExactQuotient) {
  std::mt19937_64 random(7);
  compare_with_exact<std::int32_t, std::int8_t>(random);
  compare_with_exact<std::int32_t, std::uint8_t>(random);
  compare_with_exact<std::int32_t, std::int16_t>(random);
  compare_with_exact<std::int32_t, std::uint16_t>(random);
  compare_with_exact<std::int64_t, std::int16_t>(random);
  compare_with_exact<std::int64_t, std::int32_t>(random);
  compare_with_exact<std::int64_t, std::uint32_t>(random);
}

std::uint16_t bfloat16_bits(std::uint32_t bits, Rounding mode,
                            FloatFloor floor = FloatFloor::toward_zero) {
  return to_bfloat16(std::bit_cast<float>(bits), mode, floor).bits;
}

TEST(ToBfloat16, EveryModeByHand) {
  // 1.0 is 0x3f80; its lower 16 bits are a quarter, a half, three quarters; and of 0x3f81 a half.
  struct Row {
    Rounding mode;
    std::uint16_t plus[4], minus[4];
  };
  const Row rows[] = {
      {Rounding::floor, {0x3f80, 0x3f80, 0x3f80, 0x3f81}, {0xbf80, 0xbf80, 0xbf80, 0xbf81}},
      {Rounding::ceil, {0x3f81, 0x3f81, 0x3f81, 0x3f82}, {0xbf80, 0xbf80, 0xbf80, 0xbf81}},
      {Rounding::symmetric_floor,
       {0x3f80, 0x3f80, 0x3f80, 0x3f81},
       {0xbf80, 0xbf80, 0xbf80, 0xbf81}},
      {Rounding::symmetric_ceil,
       {0x3f81, 0x3f81, 0x3f81, 0x3f82},
       {0xbf81, 0xbf81, 0xbf81, 0xbf82}},
      {Rounding::negative_inf, {0x3f80, 0x3f80, 0x3f81, 0x3f81}, {0xbf80, 0xbf81, 0xbf81, 0xbf82}},
      {Rounding::positive_inf, {0x3f80, 0x3f81, 0x3f81, 0x3f82}, {0xbf80, 0xbf80, 0xbf81, 0xbf81}},
      {Rounding::symmetric_zero,
       {0x3f80, 0x3f80, 0x3f81, 0x3f81},
       {0xbf80, 0xbf80, 0xbf81, 0xbf81}},
      {Rounding::symmetric_inf, {0x3f80, 0x3f81, 0x3f81, 0x3f82}, {0xbf80, 0xbf81, 0xbf81, 0xbf82}},
      {Rounding::conv_even, {0x3f80, 0x3f80, 0x3f81, 0x3f82}, {0xbf80, 0xbf80, 0xbf81, 0xbf82}},
      {Rounding::conv_odd, {0x3f80, 0x3f81, 0x3f81, 0x3f81}, {0xbf80, 0xbf81, 0xbf81, 0xbf81}},
  };
  const std::uint32_t in[] = {0x3f804000, 0x3f808000, 0x3f80c000, 0x3f818000};
  for (const Row& row : rows) {
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(bfloat16_bits(in[i], row.mode), row.plus[i]) << static_cast<int>(row.mode) << i;
      EXPECT_EQ(bfloat16_bits(in[i] | 0x80000000, row.mode), row.minus[i])
          << static_cast<int>(row.mode) << i;
    }
  }
}

TEST(ToBfloat16, TheFloorModeHasASwitch) {
  const auto down = FloatFloor::toward_minus_infinity;
  EXPECT_EQ(bfloat16_bits(0xbf804000, Rounding::floor, down), 0xbf81);
  EXPECT_EQ(bfloat16_bits(0xbf800000, Rounding::floor, down), 0xbf80) << "exact";
  EXPECT_EQ(bfloat16_bits(0x3f804000, Rounding::floor, down), 0x3f80);
}

TEST(ToBfloat16, EndsOfTheRange) {
  EXPECT_EQ(bfloat16_bits(0x7f7fffff, Rounding::conv_even), 0x7f80) << "rounds to infinity";
  EXPECT_EQ(bfloat16_bits(0x7f7fffff, Rounding::floor), 0x7f7f);
  EXPECT_EQ(bfloat16_bits(0x7f800000, Rounding::symmetric_ceil), 0x7f80);
  EXPECT_EQ(bfloat16_bits(0x7f800001, Rounding::floor), 0x7fc0) << "not a number stays none";
  EXPECT_EQ(bfloat16_bits(0x00010000, Rounding::floor), 0x0001) << "denormals are kept";
  EXPECT_EQ(bfloat16_bits(0x80000000, Rounding::conv_even), 0x8000);
}

TEST(FloorToFixed, IsTheFloorInEveryMode) {
  const auto fixed = [](float x, int shift) {
    return floor_to_fixed(to_bfloat16(x, Rounding::conv_even, FloatFloor::toward_zero), shift);
  };
  EXPECT_EQ(fixed(1.5f, 0), 1);
  EXPECT_EQ(fixed(-1.5f, 0), -2);
  EXPECT_EQ(fixed(-1.5f, 1), -3);
  EXPECT_EQ(fixed(0.0078125f, 8), 2);
  EXPECT_EQ(fixed(-1e-30f, 0), -1);
  EXPECT_EQ(fixed(1e30f, 0), std::numeric_limits<std::int32_t>::max());
}

}  // namespace
}  // namespace tessera::compute::npu
