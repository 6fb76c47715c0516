// Memory, stack and counts of an emulated core; that each misuse is found and told with its place.
#include "src/compute/npu/emulator/core_state.h"

#include <thread>

#include "src/compute/npu/emulator/aie_api/aie.hpp"
#include "src/compute/npu/emulator/test_core.h"

namespace tessera::compute::npu {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(CoreState, PowersUpWithFloorAndWithoutSaturation) {
  const CoreState core;
  EXPECT_EQ(core.rounding, Rounding::floor);
  EXPECT_EQ(core.saturation, Saturation::none);
}

TEST(CoreState, ModesOutliveAKernel) {
  CoreState core;
  {
    const CoreScope scope(core, "first");
    aie::set_rounding(aie::rounding_mode::conv_even);
    EXPECT_EQ(aie::swap_saturation(aie::saturation_mode::saturate), Saturation::none);
  }
  const CoreScope scope(core, "second");
  EXPECT_EQ(aie::get_rounding(), Rounding::conv_even);
  EXPECT_EQ(aie::get_saturation(), Saturation::saturate);
}

TEST(CoreState, BuffersLieWhereTheyAreDeclared) {
  CoreState core;
  const std::byte* const a = core.declare("a", 0x400, 64);
  EXPECT_EQ(core.offset_of(a), 0x400U);
  EXPECT_EQ(core.offset_of(core.place("b", 100, 1)), kBankBytes);
  EXPECT_EQ(core.offset_of(core.place("c", 32, 1)), kBankBytes + 128) << "behind b, aligned";
  EXPECT_EQ(core.offset_of(core.place("d", 0x400)), 0U);
  EXPECT_EQ(core.offset_of(core.place("e", 32)), 0x440U);
}

TEST(CoreState, RefusesBuffersThatDoNotFit) {
  CoreState core;
  core.declare("a", 64, 64);
  core.reserve_stack(1024, 1024);
  for (const auto& wrong : std::vector<std::pair<std::size_t, std::size_t>>{{96, 32},
                                                                            {32, 64},
                                                                            {33, 1},
                                                                            {65504, 64},
                                                                            {65536, 32},
                                                                            {0, 0},
                                                                            {1984, 128},
                                                                            {512, 4096}}) {
    EXPECT_THAT(message_of([&] { core.declare("b", wrong.first, wrong.second); }),
                AllOf(HasSubstr("'b'"), HasSubstr("multiple of 32")))
        << wrong.first << " " << wrong.second;
  }
  EXPECT_THAT(message_of([&] { core.place("b", 16385, 2); }), HasSubstr("bank 2"));
  EXPECT_THAT(message_of([&] { core.place("b", 32, 4); }), HasSubstr("0 to 3"));
  EXPECT_THAT(message_of([&] { core.place("b", 65536); }), HasSubstr("65536 bytes left"));
  EXPECT_THAT(message_of([&] { core.reserve_stack(0, 128); }), HasSubstr("stack"));
}

TEST(CoreState, FindsWrongAccesses) {
  TestCore core;
  auto* const a = core.buffer<std::int8_t>(96);
  EXPECT_EQ(message_of([&] { aie::load_v<32>(a); }), "no error");
  EXPECT_THAT(message_of([&] { aie::load_v<32>(a + 16); }),
              AllOf(HasSubstr("npu kernel test, core_state_test.cpp:"),
                    HasSubstr("32 bytes at 0x10: expected a multiple of 32")));
  EXPECT_EQ(message_of([&] { aie::load_v<16>(a + 16); }), "no error") << "128 bits want 16 bytes";
  EXPECT_EQ(message_of([&] { aie::load_unaligned_v<32>(a + 3); }), "no error");
  EXPECT_THAT(message_of([&] { aie::load_v<64>(a + 64); }),
              HasSubstr("runs past buffer 'buffer1', which ends at 0x60"));
  EXPECT_THAT(message_of([&] { aie::store_v(a + 96, aie::zeros<std::int8_t, 32>()); }),
              HasSubstr("at 0x60 is in no declared buffer"));
  alignas(32) std::int8_t elsewhere[32] = {};
  EXPECT_THAT(message_of([&] { aie::load_v<32>(elsewhere); }),
              HasSubstr("outside the core's memory"));
}

TEST(CoreState, NeighboursAreNotOneBuffer) {
  TestCore core;
  auto* const a = core.buffer<std::int8_t>(32);
  core.buffer<std::int8_t>(32);
  EXPECT_THAT(message_of([&] { aie::load_v<64>(a); }), HasSubstr("runs past buffer 'buffer1'"));
  EXPECT_THAT(message_of([&] { aie::load_unaligned_v<32>(a + 1); }), HasSubstr("runs past"));
}

struct Kilobyte {
  std::int8_t bytes[1024];
};

TEST(CoreStack, AnOverflowIsAnError) {
  TestCore core;
  core.state.reserve_stack(0, kDefaultStackBytes);
  {
    const Local<Kilobyte> fits;
    EXPECT_EQ(core.state.stack_used(), 1024U);
    EXPECT_THAT(message_of([] { const Local<std::int32_t> more; }),
                AllOf(HasSubstr("core_state_test.cpp:"),
                      HasSubstr("stack overflow: 1056 bytes are used of 1024 reserved at 0x0")));
  }
  const Local<Kilobyte> again;  // the first one's place is free
  aie::store_v(again->bytes, aie::zeros<std::int8_t, 32>());
  EXPECT_EQ(again->bytes[31], 0);
  EXPECT_EQ(static_cast<std::uint8_t>(again->bytes[32]), 0xa5) << "painted, not zeroed";
}

TEST(CoreStack, ToldToGoOnItOverwritesTheNeighbour) {
  CoreState core;
  core.reserve_stack(0, 512, StackOverflow::overwrites, 32);
  std::byte* const neighbour = core.declare("neighbour", 512, 1024);
  const CoreScope scope(core, "careless");
  const Local<Kilobyte> local;
  std::fill(std::begin(local->bytes), std::end(local->bytes), std::int8_t{7});
  EXPECT_EQ(neighbour[0], std::byte{7});
  EXPECT_EQ(neighbour[1024 + 32 - 512 - 1], std::byte{7});
  EXPECT_EQ(neighbour[1024 + 32 - 512], std::byte{0});
  EXPECT_EQ(core.stack_used(), 1024U + 32);
}

TEST(CoreStack, WithoutOneThereAreNoLocals) {
  TestCore core;
  EXPECT_THAT(message_of([] { const Local<int> local; }), HasSubstr("stack overflow"));
}

TEST(CoreScope, IsNeeded) {
  EXPECT_THAT(message_of([] { aie::zeros<std::int8_t, 32>(); }), HasSubstr("no core is current"));
  const TestCore core;
  EXPECT_THAT(message_of([&] { const CoreScope twice(*current_core, "inner"); }),
              HasSubstr("'inner' begins while 'test' runs"));
}

TEST(CoreScope, IsTheThreadsOwn) {
  const TestCore core;
  std::string other = "nothing";
  std::thread([&] { other = message_of([] { aie::zeros<std::int8_t, 32>(); }); }).join();
  EXPECT_THAT(other, HasSubstr("no core is current"));
  EXPECT_EQ(message_of([] { aie::zeros<std::int8_t, 32>(); }), "no error");
}

TEST(Registers, ThatWereNeverWrittenAreNotRead) {
  TestCore core;
  auto* const memory = core.buffer<std::int8_t>(64);
  const aie::vector<std::int8_t, 32> nothing;
  const aie::accum<acc32, 32> no_sums;
  const aie::mmul<4, 8, 8, std::int8_t, std::int8_t> no_product;
  const auto tile = aie::zeros<std::int8_t, 32>();
  for (const std::string& message : {
           message_of([&] { aie::store_v(memory, nothing); }),
           message_of([&] { aie::add(tile, nothing); }),
           message_of([&] { aie::mac(no_sums, tile, tile); }),
           message_of([&] { aie::mul(nothing, tile); }),
           message_of([&] { aie::mul(tile, nothing); }),
           message_of([&] { no_sums.to_vector<std::int8_t>(3); }),
           message_of([&] { no_product.to_vector<std::int8_t>(3); }),
           message_of([&] { nothing.extract<16>(0); }),
           message_of([&] { nothing.get(3); }),
           message_of([&] { aie::reduce_max(nothing); }),
           message_of([&] { aie::lt(tile, nothing); }),
           message_of([&] { aie::transpose(nothing, 4, 8); }),
       }) {
    EXPECT_THAT(message, AllOf(HasSubstr("core_state_test.cpp:"), HasSubstr("never written")));
  }
}

TEST(Registers, ThatWereWrittenInPartsAreReadWhenWhole) {
  TestCore core;
  const auto part = aie::broadcast<std::int8_t, 16>(5);
  aie::vector<std::int8_t, 64> whole;
  for (const unsigned index : {0U, 3U, 1U}) whole.insert(index, part);
  EXPECT_THAT(message_of([&] { whole.unpack(); }), HasSubstr("never written"));
  whole.insert(2, part);
  EXPECT_EQ(aie::reduce_max(whole), 5);
  EXPECT_THAT(message_of([&] { part.grow<32>().unpack(); }), HasSubstr("never written"));
  EXPECT_THAT(message_of([&] { whole.extract<16>(4); }), HasSubstr("does not have"));
}

TEST(Counts, AreOfTheLoopThatRuns) {
  TestCore core;
  auto *const a = core.buffer<std::int8_t>(256), *const b = core.buffer<std::int8_t>(256, 1);
  for (int entry = 0; entry < 3; ++entry) {
    for (const int i : CountedLoop("sum", 4, Recurrence::none)) {
      const auto sums = aie::add(aie::load_v<64>(a + 64 * i), aie::load_v<64>(b + 64 * i));
      aie::store_v(a + 64 * i, sums);
    }
    aie::load_v<32>(a);
  }
  const KernelCounts& counts = core.state.counts().at(0);
  EXPECT_EQ(counts.kernel, "test");
  EXPECT_EQ(counts.calls, 1);
  EXPECT_EQ(counts.outside.loads, 3);
  ASSERT_EQ(counts.loops.size(), 1U);
  const LoopCounts& loop = counts.loops[0];
  EXPECT_EQ(loop.name, "sum");
  EXPECT_EQ(loop.entries, 3);
  EXPECT_EQ(loop.trips, 12);
  EXPECT_EQ(loop.issued.loads, 48) << "512 bits are two";
  EXPECT_EQ(loop.issued.stores, 24);
  EXPECT_EQ(loop.issued.moves, 12);
  // Two loads and two stores of bank 0 in a trip, whose two bundles of loads and stores serve two.
  EXPECT_EQ(loop.bank_conflicts, 24);
}

TEST(Counts, OneBankServesOneAccessInABundle) {
  TestCore core;
  auto* const a = core.buffer<std::int8_t>(64);
  for ([[maybe_unused]] const int i : CountedLoop("same bank", 10, Recurrence::none)) {
    aie::load_v<32>(a);
    aie::load_v<32>(a + 32);
  }
  EXPECT_EQ(core.state.counts()[0].loops[0].bank_conflicts, 10);
}

TEST(Counts, AConversionThatIsStoredIsOneIssue) {
  TestCore core;
  auto* const sums = core.buffer<std::int32_t>(32);
  auto* const out = core.buffer<std::int8_t>(32);
  const aie::accum<acc32, 32> loaded(aie::load_v<32>(sums));
  IssueCounts issued = core.issued();
  EXPECT_EQ(issued.loads, 0);
  EXPECT_EQ(issued.accumulator_loads, 4) << "1024 bits, by lda alone";
  aie::store_v(out, loaded.to_vector<std::int8_t>(4));
  issued = core.issued();
  EXPECT_EQ(issued.stores, 1);
  EXPECT_EQ(issued.moves, 0);
}

}  // namespace
}  // namespace tessera::compute::npu
