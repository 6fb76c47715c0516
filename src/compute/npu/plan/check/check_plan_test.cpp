// Each rule of the hardware, broken alone in a plan that is right otherwise.
#include "src/compute/npu/plan/check/check_plan.h"

#include "src/compute/npu/plan/builders/stand_in_kernels_test.h"
#include "src/compute/npu/plan/builders/steps.h"
#include "src/compute/npu/plan/builders/tile_plans.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

void nothing_wrong(Places, Numbers) {}

/// Two tiles of 64 bytes a core through memory tile (0,1): fifos in0, out0, in0_0, out0_0, in0_1,
/// ...
ArrayPlan sound_plan() {
  return tile_parallel_plan({stand_in("work", {64, 32}, 1, nothing_wrong), {3}, 64, 32, 8}, 4);
}

ArrayPlan sound_gemm() {
  return gemm_plan({64, 64, 64}, {.m = 8, .k = 8, .n = 8}, stand_in_gemm<8, 8, 8>(false));
}

Fifo& fifo(ArrayPlan& plan, const char* name) { return plan.fifos[fifo_index(plan, name)]; }

/// The message of the only rule that is broken, "RULE: MESSAGE".
std::string breach(const ArrayPlan& plan) {
  const auto found = check_plan(plan);
  if (found.empty()) return "";
  for (const Violation& violation : found) {
    if (violation.rule != found[0].rule) return "also " + violation.rule + ": " + violation.message;
  }
  return found[0].rule + ": " + found[0].message;
}

TEST(CheckPlan, AcceptsWhatTheArrayCanHold) {
  EXPECT_EQ(breach(sound_plan()), "");
  EXPECT_EQ(breach(sound_gemm()), "");
  require_valid(sound_plan());
}

TEST(CheckPlan, TilesOutsideOfTheArray) {
  ArrayPlan plan = sound_plan();
  fifo(plan, "in0_3").consumers[0] = {0, 6};
  EXPECT_EQ(breach(plan),
            "tile: fifo in0_3 is on (0,6); the array has columns 0 to 3 and rows 0 to 5");
  plan = sound_plan();
  plan.cores[1].tile = {0, 1};
  EXPECT_EQ(breach(plan), "tile: memtile (0,1) cannot run a program");
  plan = sound_plan();
  plan.cores[1].tile = plan.cores[0].tile;
  EXPECT_EQ(breach(plan), "tile: core (0,2) has two programs");
  plan = sound_plan();
  plan.cores.pop_back();
  EXPECT_EQ(breach(plan), "tile: core (0,5) has fifo in0_3 and no program");
}

TEST(CheckPlan, NamesAndIndices) {
  ArrayPlan plan = sound_plan();
  fifo(plan, "in0_3").name = "in0_2";
  EXPECT_EQ(breach(plan), "name: fifo 'in0_2' is there twice");
  plan = sound_plan();
  plan.kernels[0].name = "work-1";
  EXPECT_EQ(breach(plan), "name: kernel 'work-1': letters, digits and _ only");
  plan = sound_plan();
  plan.cores[0].program[2].index = 1;
  EXPECT_EQ(breach(plan), "reference: core (0,2), step 2 names kernel 1 of 1");
  plan = sound_plan();
  plan.sequence[0].buffer = 7;
  EXPECT_EQ(breach(plan), "reference: step 0 of the host's sequence names host buffer 7 of 2");
}

TEST(CheckPlan, ChannelsOfATile) {
  ArrayPlan plan = sound_plan();
  for (const char* name : {"extra1", "extra2"}) {
    plan.fifos.push_back({name, {0, 3}, {{0, 2}}, 4, 4, 1, 1, {}, {}, 1});
  }
  const auto found = check_plan(plan);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].message, "core (0,2) has 3 fifos coming in, by DMA channels, at most 2");
  EXPECT_EQ(found[1].message, "core (0,3) has 3 fifos going out, by DMA channels, at most 2");
}

TEST(CheckPlan, DescriptorsOfATile) {
  ArrayPlan plan = sound_plan();
  fifo(plan, "in0_0").consumer_depth = 15;
  EXPECT_EQ(breach(plan), "descriptors: core (0,2) has 17 buffer descriptors, at most 16");
  plan = sound_plan();
  fifo(plan, "in0_0").repeat = 10;
  fifo(plan, "out0").producer_depth = 1;  // on an even channel
  EXPECT_EQ(breach(plan),
            "descriptors: memtile (0,1) has 26 buffer descriptors on odd channels, at most 24");
}

/// The messages of one rule, whatever else is broken.
std::vector<std::string> breaches_of(const ArrayPlan& plan, const std::string& rule) {
  std::vector<std::string> messages;
  for (const Violation& violation : check_plan(plan)) {
    if (violation.rule == rule) messages.push_back(violation.message);
  }
  return messages;
}

TEST(CheckPlan, LocksOfATile) {
  // Two locks a fifo: a core's channels run out first.
  ArrayPlan plan = sound_plan();
  for (int i = 0; i < 7; ++i) {
    plan.fifos.push_back({"extra" + std::to_string(i), {0, 3}, {{0, 2}}, 4, 4, 1, 1, {}, {}, 1});
  }
  EXPECT_THAT(breaches_of(plan, "locks"),
              testing::ElementsAre("core (0,2) has 18 locks, at most 16",
                                   "core (0,3) has 18 locks, at most 16"));
}

TEST(CheckPlan, DimensionsOfADescriptor) {
  ArrayPlan plan = sound_plan();
  fifo(plan, "in0_0").to_stream = {0, {{1, 64}, {2, 32}, {2, 16}, {2, 8}}, 8};
  EXPECT_EQ(breach(plan), "dims: fifo in0_0 in memtile (0,1) has 5 dimensions, at most 4");
  plan = sound_plan();
  fifo(plan, "in0_0").from_stream = {0, {{2, 32}, {2, 16}, {2, 8}}, 8};
  EXPECT_EQ(breach(plan), "dims: fifo in0_0 in core (0,2) has 4 dimensions, at most 3");
}

TEST(CheckPlan, CountsOfADimension) {
  ArrayPlan plan = sound_gemm();
  plan.sequence[0].access = {0, {{65, 0}, {1, 8}, {8, 64}}, 8};
  EXPECT_EQ(breach(plan),
            "wrap: step 0 of the host's sequence, fifo a_in0 has 65 iterations, at most 64");
  plan = sound_plan();
  plan.host_buffers[0].bytes = 1 << 20;
  plan.sequence[0].access = {0, {{1024, 64}}, 64};
  EXPECT_EQ(breach(plan),
            "wrap: step 0 of the host's sequence, fifo in0 has 1024 steps in a dimension, "
            "at most 1023");
  plan.sequence[0].access = {0, {{2, 4096}}, 4096};
  EXPECT_EQ(breach(plan),
            "wrap: step 0 of the host's sequence, fifo in0 has 1024 words in its innermost "
            "dimension, at most 1023");
}

TEST(CheckPlan, StridesOfADimension) {
  ArrayPlan plan = sound_plan();
  plan.host_buffers[0].bytes = 1 << 23;
  plan.sequence[0].access = {0, {{2, 1 << 22}}, 256};
  EXPECT_EQ(breach(plan),
            "stride: step 0 of the host's sequence, fifo in0 has 1048576 words of stride, "
            "at most 1048575");
  plan.sequence[0].access = {0, {{2, 0}}, 256};
  EXPECT_EQ(breach(plan),
            "stride: step 0 of the host's sequence, fifo in0: a stride of 0 bytes; only a shim's "
            "iteration can stand still");
}

TEST(CheckPlan, LengthOfATransfer) {
  ArrayPlan plan = sound_plan();
  Fifo& in = fifo(plan, "in0_0");
  in.consumer_bytes = in.object_bytes = 65536 + 64;
  fifo(plan, "in0").consumer_bytes = fifo(plan, "in0").object_bytes = 4 * (65536 + 64);
  const auto found = check_plan(plan);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].message,
            "fifo in0_0 in core (0,2) has 16400 words in one transfer, at most 16383");
}

TEST(CheckPlan, WordsOfFourBytes) {
  ArrayPlan plan = sound_plan();
  fifo(plan, "in0_1").to_stream = {0, {{8, 8}, {4, 2}}, 2};  // a transposition of elements
  const auto found = check_plan(plan);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].message,
            "fifo in0_1 in memtile (0,1): a run of 2 bytes; a DMA moves words of 4 bytes");
  EXPECT_EQ(found[1].message,
            "fifo in0_1 in memtile (0,1): a stride of 2 bytes; a DMA moves words of 4 bytes");
  plan = sound_plan();
  plan.links[0].offsets_bytes[1] = 62;
  EXPECT_EQ(breach(plan),
            "words: link 0 in memtile (0,1): an offset of 62 bytes; a DMA moves words of 4 bytes");
}

TEST(CheckPlan, AnAccessCoversItsObject) {
  ArrayPlan plan = sound_plan();
  fifo(plan, "in0_1").to_stream = linear_access(60);
  EXPECT_EQ(breach(plan),
            "object: fifo in0_1 in memtile (0,1): the access moves 60 bytes, the object has 64 "
            "bytes");
  plan = sound_plan();
  fifo(plan, "in0_1").consumer_bytes = 48;
  EXPECT_EQ(breach(plan), "object: fifo in0_1: objects of 64 bytes cannot be taken as 48 bytes");
}

TEST(CheckPlan, MemoryOfACore) {
  ArrayPlan plan = sound_plan();
  plan.cores[2].buffers.push_back({"scratch", 64 * 1024});
  EXPECT_EQ(breach(plan),
            "memory: core (0,4) has 67776 bytes of objects, buffers and stack, at most 65536");
}

TEST(CheckPlan, MemoryOfAMemoryTile) {
  ArrayPlan plan = sound_plan();
  fifo(plan, "in0").consumer_bytes = fifo(plan, "in0").object_bytes = 262144;
  for (HostStep& step : plan.sequence) {
    if (step.kind == HostStep::Kind::transfer && step.fifo == fifo_index(plan, "in0")) {
      step.access = linear_access(262144);
    }
  }
  plan.host_buffers[0].bytes = 262144;
  EXPECT_EQ(breach(plan),
            "memory: memtile (0,1) has 524544 bytes of objects, buffers and stack, at most 524288");
}

TEST(CheckPlan, ProgramOfACore) {
  ArrayPlan plan = sound_plan();
  plan.kernels[0].program_bytes = 16 * 1024;
  const auto found = check_plan(plan);
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].message, "core (0,2) has 16784 bytes of program, at most 16384");
}

TEST(CheckPlan, StackOfACore) {
  ArrayPlan plan = sound_plan();
  plan.cores[1].stack_bytes = 1024;
  EXPECT_EQ(breach(plan), "stack: core (0,3) has a stack of 1024 bytes; kernel work needs 1280");
}

TEST(CheckPlan, HostBuffers) {
  ArrayPlan plan = sound_plan();
  for (const char* name : {"b2", "b3", "b4", "b5"}) plan.host_buffers.push_back({name, 4, 0});
  EXPECT_EQ(breach(plan), "host buffers: the plan has 6 host buffers, at most 5");
  plan = sound_plan();
  plan.host_buffers[0].bytes = 100;
  EXPECT_EQ(breach(plan),
            "host buffer: step 0 of the host's sequence, fifo in0 ends at byte 512 of input, which "
            "has 100");
}

TEST(CheckPlan, QueueOfAShim) {
  ArrayPlan plan = sound_plan();
  const HostStep input = plan.sequence[0];
  plan.sequence.insert(plan.sequence.begin(), 4, input);
  EXPECT_EQ(
      breach(plan),
      "queue: step 4 of the host's sequence, fifo in0 has 5 tasks queued in the shim, at most "
      "4");
}

TEST(CheckPlan, DescriptorsOfAShim) {
  // Its four channels hold four tasks each: the 17th is one too many for a queue, too.
  ArrayPlan plan = sound_plan();
  const HostStep input = plan.sequence[0];
  plan.sequence.insert(plan.sequence.begin(), 15, input);
  EXPECT_THAT(breaches_of(plan, "descriptors"),
              testing::ElementsAre("step 16 of the host's sequence, shim (0,0) has 17 buffer "
                                   "descriptors in flight, at most 16"));
}

TEST(CheckPlan, StagesOfTheSequence) {
  ArrayPlan plan = sound_plan();
  plan.stages = {{"in", 0}, {"out", 1}};
  EXPECT_EQ(breach(plan), "");
  plan.stages[1].first = 0;
  EXPECT_EQ(breach(plan),
            "stage: stage out begins at step 0 of 3; the first begins at 0, each after the one "
            "before it");
  plan.stages[1].first = 3;
  EXPECT_EQ(breach(plan).substr(0, 49), "stage: stage out begins at step 3 of 3; the first");
}

TEST(CheckPlan, TokensOfTheSequence) {
  ArrayPlan plan = sound_plan();
  ASSERT_EQ(plan.sequence.back().kind, HostStep::Kind::wait);
  plan.sequence.pop_back();
  EXPECT_EQ(breach(plan),
            "token: step 2 of the host's sequence: the launch ends before all that it fetches has "
            "arrived");
  plan = sound_plan();
  plan.sequence.push_back(plan.sequence.back());
  EXPECT_EQ(breach(plan),
            "token: step 3 of the host's sequence: no transfer of fifo out0 with a token to wait "
            "for");
  plan = sound_plan();
  plan.sequence[0].access = linear_access(500);
  EXPECT_EQ(breach(plan),
            "object: step 0 of the host's sequence: fifo in0 takes objects of 256 bytes, the "
            "transfer has 500");
  plan = sound_plan();
  plan.sequence[0].fifo = fifo_index(plan, "in0_0");
  EXPECT_EQ(breach(plan),
            "shim: step 0 of the host's sequence: fifo in0_0 neither begins nor ends in a shim");
}

TEST(CheckPlan, RepeatsAndBroadcasts) {
  ArrayPlan plan = sound_plan();
  fifo(plan, "in0").repeat = 2;
  EXPECT_EQ(breach(plan), "repeat: fifo in0 repeats its objects; only a memory tile can");
  plan = sound_plan();
  Fifo direct{"direct", {1, 0}, {}, 4, 4, 1, 1, {}, {}, 1};
  for (int i = 0; i < 9; ++i) direct.consumers.push_back({1 + i / 4, 2 + i % 4});
  plan.fifos.push_back(direct);
  EXPECT_EQ(breach(plan),
            "broadcast: fifo direct goes from shim (1,0) to 9 tiles, at most 8; send it through "
            "memory tiles");
}

TEST(CheckPlan, Links) {
  ArrayPlan plan = sound_plan();
  plan.links[0].offsets_bytes[3] = 224;
  EXPECT_EQ(breach(plan),
            "link: link 0 in memtile (0,1): fifo in0_3 ends at byte 288 of an object of 256 bytes");
  plan = sound_plan();
  plan.links[0].outputs.pop_back();
  plan.links[0].offsets_bytes.pop_back();
  EXPECT_EQ(breach(plan),
            "link: fifo in0_3 ends or begins in a memory tile in 0 links; 1 is wanted");
  plan = sound_gemm();
  std::swap(plan.links[0].outputs[0], plan.links[2].outputs[0]);
  EXPECT_EQ(check_plan(plan)[0].message,
            "link 0 in memtile (1,1): its fifos do not meet in one memory tile");
}

TEST(CheckPlan, Programs) {
  const auto with = [](std::vector<Step> program) {
    ArrayPlan plan = sound_plan();
    plan.cores[0].program = std::move(program);
    return breach(plan);
  };
  const std::size_t in = fifo_index(sound_plan(), "in0_0");
  const std::size_t out = fifo_index(sound_plan(), "out0_0");
  EXPECT_EQ(with({acquire(in)}),
            "held: core (0,2), step 1: the program ends with 1 objects of fifo in0_0");
  EXPECT_EQ(with({acquire(in), release(in, 2)}),
            "held: core (0,2), step 1: releases 2 objects of fifo in0_0 and holds 1");
  EXPECT_EQ(with({acquire(in, 3), release(in, 3)}),
            "depth: core (0,2), step 0: acquires 3 objects of fifo in0_0, which has room for 2");
  EXPECT_EQ(with({acquire(in), acquire(in), release(in, 2)}),
            "held: core (0,2), step 1: acquires of fifo in0_0 while it holds 1");
  EXPECT_EQ(
      with({loop_of(2), acquire(in), end_loop(), release(in)}).substr(0, 86),
      "held: core (0,2), step 2: a trip of the loop changes the objects held of fifo in0_0 fr");
  EXPECT_EQ(with({acquire(in), loop_of(2), release(in)}).substr(0, 45),
            "loop: core (0,2), step 3: a loop has no end");
  EXPECT_EQ(with({loop_of(2), end_loop()}),
            "program: core (0,2), step 2: the program acquires nothing and would never wait");
  EXPECT_EQ(with({acquire(in), call(0, {object_of(in), object_of(out)}, {3}), release(in)}),
            "held: core (0,2), step 1: work is given object 0 of fifo out0_0; held are 0");
  EXPECT_EQ(with({acquire(in), acquire(out), call(0, {object_of(out), object_of(in)}, {3}),
                  release(in), release(out)}),
            "arguments: core (0,2), step 2: work wants 64 bytes as buffer 0, fifo out0_0 has 32");
  EXPECT_EQ(with({acquire(in), call(0, {object_of(in)}), release(in)}),
            "arguments: core (0,2), step 1: work takes 2 buffers and 1 numbers, got 1 and 0");
  const std::size_t other = fifo_index(sound_plan(), "in0_1");
  EXPECT_EQ(with({acquire(other), release(other)}).substr(0, 62),
            "held: core (0,2), step 0: fifo in0_1 does not come here");
}

TEST(CheckPlan, RequireValidNamesTheFirstBreachAndCountsTheOthers) {
  ArrayPlan plan = sound_plan();
  plan.kernels[0].program_bytes = 16 * 1024;
  try {
    require_valid(plan);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_argument);
    EXPECT_STREQ(error.what(),
                 "plan tiles_4: core (0,2) has 16784 bytes of program, at most 16384 (and 3 more)");
  }
}

TEST(PlanText, SaysWhatRunsWhere) {
  const std::string text = text_of(sound_plan());
  for (const char* line :
       {"plan tiles_4, 1 launches\n", "host buffer input: 512 bytes\n",
        "fifo in0_1: memtile (0,1) 2 x 64 -> core (0,3) 2 x 64\n",
        "link in0 -> in0_0 in0_1 in0_2 in0_3 at 0 64 128 192\n", "core (0,2): stack 2048\n",
        "  work(in0_0[0], out0_0[0], 3)\n", "send input to in0, from 0: 512 bytes\n",
        "fetch output from out0, from 0: 256 bytes, token\n", "wait for out0\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\nin\n" << text;
  }
}

}  // namespace
}  // namespace tessera::compute::npu
