#include "src/compute/npu/sim/simulator.h"

#include <nlohmann/json.hpp>

#include "src/compute/npu/plan/builders/stand_in_kernels_test.h"
#include "src/compute/npu/plan/builders/steps.h"
#include "src/compute/npu/plan/builders/tile_plans.h"
#include "src/compute/npu/plan/check/check_plan.h"
#include "src/compute/npu/sim/run_plan_test.h"
#include "src/compute/npu/sim/sim_costs.h"

namespace tessera::compute::npu {
namespace {

void add_one(Places places, Numbers) {
  for (std::size_t i = 0; i < 64; ++i) {
    places[1][i] = static_cast<std::byte>(std::to_integer<int>(places[0][i]) + 1);
  }
}

ArrayPlan one_core(std::int64_t tiles) {
  return tile_parallel_plan({stand_in("one", {64, 64}, 0, add_one), {}, 64, 64, tiles}, 1);
}

SimOptions timing(std::int64_t cycles_per_call) {
  return {.cycles = [=](const CoreKernel&, Places, Numbers) { return cycles_per_call; },
          .timing_only = true};
}

/// From the array's start to the first object in the core: the task is issued, the channel is cold.
constexpr std::int64_t kFirstObject = kIssueCycles + kShimReadTaskCycles + kShimColdReadCycles + 17;
/// From the last release to the host's token: 16 words from a cold channel.
constexpr std::int64_t kLastObject = kShimWriteTaskCycles + kShimColdWriteCycles + 17;

TEST(Simulator, OneTileCostsWhatItsPartsCost) {
  const SimResult result = simulate(one_core(1), {}, timing(1000));
  EXPECT_EQ(result.cores[0].compute_cycles, 1000);
  EXPECT_EQ(result.cores[0].calls, 1);
  EXPECT_EQ(result.cores[0].lock_cycles, 4 * kLockCycles);
  EXPECT_EQ(result.cores[0].stall_cycles, kFirstObject);
  EXPECT_EQ(result.cycles, kFirstObject + 2 * kLockCycles + 1000 + kLastObject);
  EXPECT_EQ(result.host_bytes_read, 64);
  EXPECT_EQ(result.host_bytes_written, 64);
  EXPECT_DOUBLE_EQ(result.array_microseconds(2.0), static_cast<double>(result.cycles) / 2000);
  EXPECT_DOUBLE_EQ(result.launch_microseconds(), 120);
}

TEST(Simulator, DoubleBuffersHideTheShorterOfComputingAndMoving) {
  // Computing takes longer: its cycles and the locks', once a tile.
  const SimResult slow = simulate(one_core(50), {}, timing(1000));
  EXPECT_EQ(slow.cycles, kFirstObject + 50 * (1000 + 4 * kLockCycles) - 2 * kLockCycles +
                             (kLastObject - kShimWriteTaskCycles - kShimColdWriteCycles));
  EXPECT_EQ(slow.cores[0].stall_cycles, kFirstObject);
  // Now the locks take longest, 20 cycles; the shim moves 16 words in 17.
  const SimResult fast = simulate(one_core(64), {}, timing(1));
  EXPECT_NEAR(static_cast<double>(fast.cycles), kFirstObject + 63 * 21 + kLastObject, 100);
}

TEST(Simulator, TimingAloneTakesTheCyclesOfTheRunWithData) {
  ArrayPlan plan = gemm_plan({64, 40, 96}, {.m = 8, .k = 8, .n = 8}, stand_in_gemm<8, 8, 8>(false));
  plan.launches = 3;
  std::vector<std::vector<std::byte>> buffers;
  for (const HostBuffer& buffer : plan.host_buffers) {
    buffers.push_back(random_bytes(static_cast<std::size_t>(buffer.bytes), 1));
  }
  const SimResult run = run_plan(plan, buffers), timed = time_plan(plan);
  EXPECT_EQ(run.cycles, timed.cycles);
  EXPECT_EQ(run.launches, 3);
  EXPECT_EQ(timed.launches, 3);
  for (std::size_t i = 0; i < run.cores.size(); ++i) {
    EXPECT_EQ(run.cores[i].compute_cycles, timed.cores[i].compute_cycles);
    EXPECT_EQ(run.cores[i].stall_cycles, timed.cores[i].stall_cycles);
  }
  for (std::size_t i = 0; i < run.fifos.size(); ++i) {
    EXPECT_EQ(run.fifos[i].busy_cycles, timed.fifos[i].busy_cycles);
    EXPECT_EQ(run.fifos[i].bytes, timed.fifos[i].bytes);
  }
}

TEST(Simulator, AnyOrderAndAnyCyclesGiveTheSameBytes) {
  const ArrayPlan plan = attention_plan(test_attention(5, 70, 50), stand_in_attention());
  const auto qkv = random_bytes(static_cast<std::size_t>(plan.host_buffers[0].bytes), 5);
  std::vector<std::byte> first;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    std::vector<std::vector<std::byte>> buffers = {
        qkv, std::vector<std::byte>(static_cast<std::size_t>(plan.host_buffers[1].bytes))};
    std::mt19937_64 random(seed);
    run_plan(plan, buffers,
             {.cycles = [&](const CoreKernel&, Places,
                            Numbers) { return static_cast<std::int64_t>(random() % 5000); },
              .order_seed = seed});
    if (seed == 0) first = buffers[1];
    EXPECT_EQ(buffers[1], first) << seed;
  }
}

TEST(Simulator, LaunchesGoOnInTheHostsBuffers) {
  ArrayPlan plan = one_core(1);
  plan.launches = 3;
  for (HostBuffer& buffer : plan.host_buffers) buffer.launch_stride_bytes = 64;
  std::vector<std::vector<std::byte>> buffers = {random_bytes(192, 3), std::vector<std::byte>(192)};
  run_plan(plan, buffers);
  for (std::int64_t i = 0; i < 192; ++i) {
    EXPECT_EQ(number_at(buffers[1], i), number_at(buffers[0], i) + 1);
  }
  buffers[1].resize(191);
  EXPECT_THROW(run_plan(plan, buffers), Error);
}

TEST(Simulator, RunListsMakeLaunchesCheaper) {
  ArrayPlan plan = one_core(1);
  plan.launches = 15;
  EXPECT_DOUBLE_EQ(time_plan(plan).launch_microseconds(), 15 * 120);
  plan.launches = 16;
  EXPECT_DOUBLE_EQ(time_plan(plan).launch_microseconds(), 16 * 36);
}

TEST(Simulator, MemoryIsSharedByAllShims) {
  // 16 tiles of 16 KB through four shims: 4 bytes per cycle each, 15 together.
  const auto plan = [](int cores) {
    return tile_parallel_plan({stand_in("big", {16384, 4}, 0, add_one), {}, 16384, 4, cores * 20L},
                              cores);
  };
  const auto column = static_cast<double>(simulate(plan(4), {}, timing(1)).cycles);
  const auto array = static_cast<double>(simulate(plan(16), {}, timing(1)).cycles);
  const double alone = 20 * 4 * 16384 / 4 * kShimCyclesPerWord;
  EXPECT_NEAR(column, alone, 0.05 * alone);
  EXPECT_NEAR(array, 20.0 * 16 * 16384 / kMemoryBytesPerCycle, 0.05 * array);
}

TEST(Simulator, ExplainsADeadlock) {
  ArrayPlan plan = one_core(2);
  // The core wants both tiles before it gives one back, and has room for one.
  plan.fifos[0].consumer_depth = 1;
  std::vector<Step>& program = plan.cores[0].program;
  program = {acquire(0, 2), acquire(1), call(0, {object_of(0), object_of(1)}), release(0, 2),
             release(1)};
  EXPECT_EQ(
      sim_complaint(plan),
      "plan tiles_1: deadlock: the host waits for fifo out0 (step 2 of 3); the DMA of fifo in0 "
      "waits for room in core (0,2); the DMA of fifo out0 waits for an object in core (0,2) (0 "
      "of 128 bytes arrived)");
}

TEST(Simulator, ExplainsTwoCoresThatWaitForEachOther) {
  ArrayPlan plan;
  plan.name = "knot";
  plan.kernels = {stand_in("one", {64, 64}, 0, add_one)};
  plan.fifos = {{"there", {0, 2}, {{0, 3}}, 64, 64, 1, 1, {}, {}, 1},
                {"back", {0, 3}, {{0, 2}}, 64, 64, 1, 1, {}, {}, 1},
                {"out", {0, 3}, {{0, 0}}, 64, 64, 1, 1, {}, {}, 1}};
  plan.cores = {
      {{0, 2}, {}, 2048, {acquire(0), acquire(1), release(0), release(1)}},
      {{0, 3}, {}, 2048, {acquire(1), acquire(2), acquire(0), release(0), release(1), release(2)}}};
  plan.host_buffers = {{"out", 64, 0}};
  plan.sequence = {fetch(2, 0, linear_access(64)), wait_for(2)};
  EXPECT_EQ(
      sim_complaint(plan),
      "plan knot: deadlock: the host waits for fifo out (step 1 of 2); core (0,2) waits for 1 "
      "full of fifo back (step 1, there are 0 of 1); core (0,3) waits for 1 full of fifo there "
      "(step 2, there are 0 of 1); the DMA of fifo out waits for an object in core (0,3) (0 of "
      "64 bytes arrived)");
}

TEST(Simulator, RefusesALaunchThatLeavesSomethingBehind) {
  ArrayPlan plan = one_core(3);
  plan.sequence[1].access = linear_access(128);  // two of three results are fetched
  const std::string text = sim_complaint(plan);
  EXPECT_NE(text.find("nobody took"), std::string::npos) << text;
  plan = one_core(3);
  std::vector<Step>& program = plan.cores[0].program;
  program.insert(program.begin(), {loop_of(2)});
  program.push_back(end_loop());
  EXPECT_EQ(sim_complaint(plan).substr(0, 66),
            "plan tiles_1: core (0,2) has not ended its program with the launch");
}

TEST(Simulator, RefusesAShimsQueueThatOverflows) {
  ArrayPlan plan = one_core(1);
  // The checker believes that a wait ends what was issued before it; here it does not.
  const HostStep in = plan.sequence[0], out = plan.sequence[1], wait = plan.sequence[2];
  plan.sequence = {in, in, in, in, out, wait, in, in, in};
  plan.fifos[0].consumer_depth = 1;
  plan.cores[0].program.insert(plan.cores[0].program.begin() + 3,
                               call(0, {object_of(0), object_of(1)}));
  EXPECT_EQ(check_plan(plan).size(), 0U);
  const SimOptions slow = timing(1'000'000);
  try {
    simulate(plan, {}, slow);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "shim (0,0), step 8 of the host's sequence: the queue of fifo in0 holds 4 tasks "
                 "already");
  }
}

TEST(Simulator, ATraceIsWhatChromeOpens) {
  Trace trace;
  std::vector<std::vector<std::byte>> buffers = {random_bytes(192, 3), std::vector<std::byte>(192)};
  const SimResult result =
      run_plan(one_core(3), buffers, {.cycles = plain_cycles, .trace = &trace});
  std::ostringstream text;
  write_trace(trace, 2.0, text);
  const auto json = nlohmann::json::parse(text.str());
  double computed = 0;
  int tracks = 0, transfers = 0;
  for (const auto& event : json["traceEvents"]) {
    if (event["ph"] == "M") {
      ++tracks;
      continue;
    }
    EXPECT_EQ(event["ph"], "X");
    EXPECT_LE(event["ts"].get<double>() + event["dur"].get<double>(),
              result.array_microseconds(2.0) + 1e-3);
    if (event["name"] == "one") computed += event["dur"].get<double>();
    transfers += event["name"] == "transfer" ? 1 : 0;
  }
  EXPECT_EQ(tracks, 3);
  EXPECT_EQ(transfers, 6);
  EXPECT_NEAR(computed, static_cast<double>(result.cores[0].compute_cycles) / 2000, 1e-3);
}

}  // namespace
}  // namespace tessera::compute::npu
