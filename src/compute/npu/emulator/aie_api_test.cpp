// The operations of aie_api element by element, its shuffles, reductions and tables, and the traps
// among them, each by hand from the fact sheets named in aie.hpp.
#include "src/compute/npu/emulator/aie_api/aie.hpp"

#include "src/compute/npu/emulator/test_core.h"

namespace tessera::compute::npu {
namespace {

using testing::HasSubstr;

// first, first + step, ...
template <class T, unsigned N>
aie::vector<T, N> ramp(int first = 0, int step = 1) {
  return aie::detail::make_vector<T, N>(
      [=](unsigned i) { return first + step * static_cast<int>(i); });
}

template <class T, unsigned N>
std::vector<int> numbers_of(const aie::vector<T, N>& v, unsigned count = N) {
  v.check(aie::Where::current());
  return {v.lanes(), v.lanes() + count};
}

bfloat16 bf16(float x) { return to_bfloat16(x, Rounding::conv_even, FloatFloor::toward_zero); }

TEST(AieApi, SumsWrap) {
  const TestCore core;
  const auto a = aie::broadcast<std::int8_t, 16>(100), b = aie::broadcast<std::int8_t, 16>(50);
  EXPECT_EQ(aie::add(a, b).get(0), -106);
  EXPECT_EQ(aie::sub(aie::sub(a, aie::add(b, b)), std::int8_t{1}).get(15), -1);
  const auto big = aie::broadcast<std::int32_t, 8>(2147483647);
  EXPECT_EQ(aie::add(big, std::int32_t{1}).get(0), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(aie::max(a, b).get(0), 100);
  EXPECT_EQ(aie::min(a, std::int8_t{-3}).get(0), -3);
}

TEST(AieApi, ProductsFillTheAccumulatorOfTheirTypes) {
  TestCore core;
  const auto a = ramp<std::int16_t, 32>(-16, 2000);
  const auto sums = aie::mul(a, std::int16_t{30000});
  static_assert(std::is_same_v<decltype(sums), const aie::accum<acc32, 32>>);
  EXPECT_EQ(sums.lanes()[1], 1984 * 30000);
  EXPECT_EQ(core.issued().products, 1);
  const auto wide = aie::mul(aie::broadcast<std::int32_t, 16>(1 << 30), a.extract<16>(0));
  static_assert(std::is_same_v<decltype(wide), const aie::accum<acc64, 16>>);
  EXPECT_EQ(wide.lanes()[2], (std::int64_t{1} << 30) * 3984);
  EXPECT_EQ(core.issued().products, 2) << "32 bits times 16 are two";
  const auto less = aie::msc(sums, a, std::int16_t{30000});
  EXPECT_EQ(less.lanes()[31], 0);
  EXPECT_EQ(aie::negmul(a, std::int16_t{2}).lanes()[1], -3968);
  const auto half = aie::mac(aie::mul(aie::broadcast<bfloat16, 16>(bf16(1.5f)), bf16(2.0f)),
                             aie::broadcast<bfloat16, 16>(bf16(0.25f)), bf16(0.5f));
  EXPECT_EQ(half.lanes()[7], 3.125f);
}

TEST(AieApi, SumsOfBfloat16AreRoundedByTheMode) {
  const TestCore core;
  const auto a = aie::broadcast<bfloat16, 16>(bf16(1.0f));
  const auto b = aie::broadcast<bfloat16, 16>(bf16(0x1.8p-8f));  // three quarters of a unit
  EXPECT_EQ(aie::add(a, b).get(0), bf16(1.0f)) << "toward zero at power-up";
  aie::set_rounding(aie::rounding_mode::conv_even);
  EXPECT_EQ(aie::add(a, b).get(0), bf16(1.0f + 0x1p-7f));
  EXPECT_EQ(aie::sub(a, b).get(0), bf16(1.0f - 0x1.8p-8f));
}

TEST(AieApi, AccumulatorsAndVectors) {
  const TestCore core;
  const auto bytes = ramp<std::int8_t, 32>(-16);
  const aie::accum<acc32, 32> shifted(bytes, 3);
  EXPECT_EQ(shifted.lanes()[0], -128);
  const aie::accum<acc64, 16> wide(ramp<std::int32_t, 16>(1), 40);
  EXPECT_EQ(wide.lanes()[1], std::int64_t{2} << 40);
  EXPECT_EQ(wide.to_vector<std::int32_t>(38).get(1), 8);
  EXPECT_EQ(wide.to_vector<std::int8_t>(40).get(5), 6);
  EXPECT_THAT(message_of([] { const aie::accum<acc32, 16> same(ramp<std::int32_t, 16>(), 1); }),
              HasSubstr("UPS by a shift of 1"));
  EXPECT_THAT(message_of([&] { wide.to_vector<std::int32_t>(64); }),
              HasSubstr("SRS by a shift of 64"));
  const aie::accum<accfloat, 16> floats(aie::broadcast<bfloat16, 16>(bf16(-2.5f)));
  EXPECT_EQ(floats.to_vector<float>(9).get(3), -2.5f) << "the same bits: no shift";
  EXPECT_EQ(aie::add(floats, floats).lanes()[1], -5.0f);
}

// int8 from 64 bits goes through int16: what wraps there, and what saturates, differs.
TEST(AieApi, BytesOfWideSumsGoThroughSixteenBits) {
  const TestCore core;
  const aie::accum<acc64, 16> sums(aie::broadcast<std::int32_t, 16>(65536 + 300));
  EXPECT_EQ(sums.to_vector<std::int8_t>(0).get(0), 44);
  aie::set_saturation(aie::saturation_mode::saturate);
  EXPECT_EQ(sums.to_vector<std::int8_t>(0).get(0), 127);
}

TEST(AieApi, PackingFollowsTheSaturationMode) {
  const TestCore core;
  const auto a = ramp<std::int16_t, 16>(-300, 40);
  EXPECT_EQ(numbers_of(a.pack(), 4), (std::vector<int>{-44, -4, 36, 76}));
  aie::set_saturation(aie::saturation_mode::saturate);
  EXPECT_EQ(numbers_of(a.pack(), 6), (std::vector<int>{-128, -128, -128, -128, -128, -100}));
  EXPECT_EQ(a.pack().unpack().get(15), 127);
  const auto unsigned_bytes = aie::broadcast<std::int8_t, 32>(-1).cast_to<std::uint8_t>();
  EXPECT_EQ(unsigned_bytes.unpack().get(0), 255) << "the sign is the type's";
}

TEST(AieApi, ChoicesByMasks) {
  const TestCore core;
  const auto a = ramp<std::int16_t, 16>(), b = ramp<std::int16_t, 16>(15, -1);
  const auto below = aie::lt(a, b);
  EXPECT_EQ(below.count(), 8U);
  EXPECT_TRUE(below.test(7) && !below.test(8));
  EXPECT_EQ(numbers_of(aie::select(a, b, below)), numbers_of(aie::max(a, b)))
      << "1 takes the second";
  EXPECT_TRUE((below & ~below).empty());
  EXPECT_TRUE((below | ~below).full());
  EXPECT_EQ(aie::ge(a, std::int16_t{3}).count(), 13U);
  EXPECT_EQ(aie::le(a, std::int16_t{3}).count(), 4U);
  EXPECT_EQ(aie::gt(a, std::int16_t{3}).count(), 12U);
  EXPECT_EQ(aie::eq(a, std::int16_t{3}).count(), 1U);
  EXPECT_EQ(aie::neq(a, std::int16_t{3}).count(), 15U);
}

TEST(AieApi, ShufflesMoveLanes) {
  const TestCore core;
  const auto a = ramp<std::int16_t, 8>(), b = ramp<std::int16_t, 8>(10);
  EXPECT_EQ(numbers_of(aie::transpose(a, 2, 4)), (std::vector<int>{0, 4, 1, 5, 2, 6, 3, 7}));
  EXPECT_EQ(numbers_of(aie::reverse(a)), (std::vector<int>{7, 6, 5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(numbers_of(aie::shuffle_up(a, 3)), (std::vector<int>{0, 0, 0, 0, 1, 2, 3, 4}));
  EXPECT_EQ(numbers_of(aie::shuffle_down(a, 6)), (std::vector<int>{6, 7, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(numbers_of(aie::shuffle_up_rotate(a, 3)), (std::vector<int>{5, 6, 7, 0, 1, 2, 3, 4}));
  EXPECT_EQ(numbers_of(aie::shuffle_down_rotate(a, 3)), (std::vector<int>{3, 4, 5, 6, 7, 0, 1, 2}));
  const auto [low, high] = aie::interleave_zip(a, b, 2);
  EXPECT_EQ(numbers_of(low), (std::vector<int>{0, 1, 10, 11, 2, 3, 12, 13}));
  EXPECT_EQ(numbers_of(high), (std::vector<int>{4, 5, 14, 15, 6, 7, 16, 17}));
  const auto [even, odd] = aie::interleave_unzip(low, high, 2);
  EXPECT_EQ(numbers_of(even), numbers_of(a));
  EXPECT_EQ(numbers_of(odd), numbers_of(b));
  const auto wide = aie::concat(a, b);
  EXPECT_EQ(numbers_of(aie::filter_even(wide, 4)), (std::vector<int>{0, 1, 2, 3, 10, 11, 12, 13}));
  EXPECT_EQ(numbers_of(aie::filter_odd(wide)), (std::vector<int>{1, 3, 5, 7, 11, 13, 15, 17}));
  EXPECT_THAT(message_of([&] { aie::transpose(a, 4, 4); }), HasSubstr("another size"));
}

TEST(AieApi, ReductionsHaveTraps) {
  const TestCore core;
  EXPECT_EQ(aie::reduce_max(ramp<std::int8_t, 32>(-20)), 11);
  EXPECT_EQ(aie::reduce_min(ramp<std::int16_t, 32>(-20)), -20);
  EXPECT_EQ(aie::reduce_add(ramp<std::int32_t, 16>()), 120);
  EXPECT_EQ(aie::reduce_add(aie::broadcast<std::int16_t, 32>(2000)), 64000 - 65536) << "wraps";
  EXPECT_EQ(aie::reduce_add(aie::broadcast<std::int8_t, 64>(5)), 320 - 256) << "8 bits";
  aie::set_saturation(aie::saturation_mode::saturate);
  EXPECT_EQ(aie::reduce_add(aie::broadcast<std::int8_t, 64>(5)), 127)
      << "10 in each of 32 lanes, narrowed at the end";
  EXPECT_EQ(aie::reduce_add(aie::broadcast<std::int8_t, 64>(-65)), 127)
      << "halves wrapped to 126 before";
  EXPECT_EQ(aie::reduce_add(aie::broadcast<float, 16>(0.5f)), 8.0f);
  EXPECT_EQ(aie::reduce_add(aie::broadcast<bfloat16, 16>(bf16(0.5f))), bf16(8.0f));
}

TEST(AieApi, FixedPointIsTheFloorInEveryMode) {
  const TestCore core;
  aie::set_rounding(aie::rounding_mode::conv_even);
  const auto x = aie::broadcast<bfloat16, 16>(bf16(-2.75f));
  EXPECT_EQ(aie::to_fixed(x).get(0), -3);
  EXPECT_EQ(aie::to_fixed(x, 1).get(0), -6);
  EXPECT_EQ(aie::to_fixed<std::int16_t>(aie::broadcast<bfloat16, 16>(bf16(70000.0f))).get(0),
            70144 - 65536)
      << "137 * 512 is the bfloat16, of which the lower 16 bits are left";
}

TEST(AieApi, IteratorsGoByVectors) {
  TestCore core;
  auto* const memory = core.buffer(std::vector<std::int16_t>(64, 3));
  auto in = aie::cbegin_vector<16>(static_cast<const std::int16_t*>(memory));
  auto out = aie::begin_restrict_vector<16>(memory + 32);
  for (int i = 0; i < 2; ++i) {
    const aie::vector<std::int16_t, 16> v = *in++;
    *out++ = aie::add(v, static_cast<std::int16_t>(i));
  }
  EXPECT_EQ(memory[32], 3);
  EXPECT_EQ(memory[63], 4);
}

// Entry i of a table of 16 has the value 100 i; its chunks of eight lie twice in a row.
std::vector<std::int16_t> table_of_16() {
  std::vector<std::int16_t> table;
  for (int chunk = 0; chunk < 2; ++chunk) {
    for (int copy = 0; copy < 2; ++copy) {
      for (int i = 0; i < 8; ++i) table.push_back(static_cast<std::int16_t>(100 * (chunk * 8 + i)));
    }
  }
  return table;
}

using LookupTable = aie::lut<4, std::int16_t>;
template <aie::lut_oor_policy kPolicy>
using Lookup = aie::parallel_lookup<std::int16_t, LookupTable, kPolicy>;

TEST(Lookup, IsTheEntryOfTheKey) {
  TestCore core;
  const LookupTable table(16, core.buffer(table_of_16(), 0), core.buffer(table_of_16(), 1));
  core.issued();
  const auto keys = ramp<std::int16_t, 32>(-4);
  const auto cut = Lookup<aie::lut_oor_policy::truncate>(table).fetch(keys);
  const IssueCounts issued = core.issued();
  EXPECT_EQ(issued.gathers, 8);
  EXPECT_EQ(issued.moves, 8);
  EXPECT_EQ(issued.stores, 4);
  const auto clamped = Lookup<aie::lut_oor_policy::saturate>(table).fetch(keys);
  for (int i = 0; i < 32; ++i) {
    const int key = i - 4;
    EXPECT_EQ(cut.lanes()[i], 100 * (key & 15)) << key;
    EXPECT_EQ(clamped.lanes()[i], 100 * std::clamp(key, 0, 15)) << key;
  }
  const auto biased = Lookup<aie::lut_oor_policy::truncate>(table, 0, 2).fetch(keys);
  EXPECT_EQ(biased.lanes()[4], 200);
}

// mlir-aie, lut_based_ops.h: with halves to even a fraction of 224/256 and more carries into the
// next entry.
TEST(Lookup, NeedsTheFloorMode) {
  TestCore core;
  const LookupTable table(16, core.buffer(table_of_16(), 0), core.buffer(table_of_16(), 1));
  const Lookup<aie::lut_oor_policy::truncate> lookup(table, 8);
  const auto fetch = [&](int key) {
    return lookup.fetch(aie::broadcast<std::int16_t, 16>(static_cast<std::int16_t>(key))).get(0);
  };
  EXPECT_EQ(fetch(3 * 256 + 255), 300);
  aie::set_rounding(aie::rounding_mode::conv_even);
  EXPECT_EQ(fetch(3 * 256 + 223), 300);
  EXPECT_EQ(fetch(3 * 256 + 224), 400);
}

TEST(Lookup, WantsItsCopiesInTwoBanks) {
  TestCore core;
  auto* const ab = core.buffer(table_of_16(), 0);
  auto* const same_bank = core.buffer(table_of_16(), 0);
  auto* const cd = core.buffer(table_of_16(), 3);
  using Truncating = Lookup<aie::lut_oor_policy::truncate>;
  EXPECT_THAT(message_of([&] { Truncating(LookupTable(16, ab, same_bank)); }),
              HasSubstr("both copies of a table lie in bank 0"));
  EXPECT_EQ(message_of([&] { Truncating(LookupTable(16, ab, cd)); }), "no error");
  EXPECT_THAT(message_of([&] { Truncating(LookupTable(12, ab, cd)); }), HasSubstr("power of two"));
  EXPECT_THAT(message_of([&] { Truncating(LookupTable(16, ab + 1, cd)); }),
              HasSubstr("multiple of 32"));
  EXPECT_THAT(message_of([&] {
                Truncating(LookupTable(32, ab, cd)).fetch(aie::broadcast<std::int16_t, 16>(16));
              }),
              HasSubstr("runs past"));
}

TEST(Lookup, TakesTwoLanesOfFourFromEachCopy) {
  TestCore core;
  auto other = table_of_16();
  for (auto& value : other) ++value;
  const LookupTable table(16, core.buffer(table_of_16(), 0), core.buffer(other, 2));
  const auto fetched = Lookup<aie::lut_oor_policy::truncate>(table).fetch(ramp<std::int16_t, 16>());
  EXPECT_EQ(numbers_of(fetched, 6), (std::vector<int>{0, 100, 201, 301, 400, 500}));
}

}  // namespace
}  // namespace tessera::compute::npu
