// Kernels on emulated cores and several threads: where buffers lie, errors, counts.
#include "src/compute/npu/engine/emulated_array.h"

#include <gtest/gtest.h>

#include <set>

#include "src/compute/npu/kernels/bf16_core_kernels.h"
#include "src/compute/npu/plan/builders/stand_in_kernels_test.h"
#include "src/compute/npu/plan/builders/tile_plans.h"
#include "src/compute/npu/sim/run_plan_test.h"

namespace tessera::compute::npu {
namespace {

/// out = in + 7, of what lies in the memory of the core that runs it.
void add_seven(Places places, Numbers) {
  core().require(places[0], 64, 32, SourcePlace::current());
  for (std::size_t i = 0; i < 64; ++i) {
    places[1][i] = static_cast<std::byte>(std::to_integer<int>(places[0][i]) + 7);
  }
}

void fail_at_nine(Places places, Numbers) {
  if (places[0][0] == std::byte{9}) core().fail(SourcePlace::current(), "nine");
}

ArrayPlan sixteen_cores(void (*run)(Places, Numbers)) {
  return tile_parallel_plan({stand_in("tile", {64, 64}, 0, run), {}, 64, 64, 320}, 16);
}

std::vector<std::byte> run_on(const ArrayPlan& plan, int threads, std::vector<std::byte> in) {
  std::vector<std::vector<std::byte>> buffers = {std::move(in)};
  buffers.emplace_back(static_cast<std::size_t>(plan.host_buffers[1].bytes));
  EmulatedArray array(plan, threads);
  run_plan(plan, buffers, {.cycles = plain_cycles, .runner = &array});
  EXPECT_EQ(array.counts().at(0).calls, 320);
  return buffers[1];
}

TEST(EmulatedArray, GivesWhatTheSimulatorGivesAloneOnAnyNumberOfThreads) {
  const ArrayPlan plan = sixteen_cores(add_seven);
  const auto in = random_bytes(static_cast<std::size_t>(plan.host_buffers[0].bytes), 5);
  for (const int threads : {0, 1, 5}) {
    const auto out = run_on(plan, threads, in);
    ASSERT_EQ(out.size(), in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      ASSERT_EQ(std::to_integer<int>(out[i]), (std::to_integer<int>(in[i]) + 7) % 256) << i;
    }
  }
}

TEST(EmulatedArray, AKernelsErrorIsTheRuns) {
  const ArrayPlan plan = sixteen_cores(fail_at_nine);
  std::vector<std::byte> in(static_cast<std::size_t>(plan.host_buffers[0].bytes));
  in[64 * 200] = std::byte{9};
  for (const int threads : {0, 3}) {
    try {
      run_on(plan, threads, in);
      FAIL() << "no error";
    } catch (const Error& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find("npu kernel tile"), std::string::npos) << text;
      EXPECT_NE(text.find("nine"), std::string::npos) << text;
    }
  }
}

TEST(EmulatedArray, AnEncodersBuffersLieInBanksOfTheirOwn) {
  const ArrayPlan plan = encoder_plan({.element_bytes = 2}, encoder_bf16_kernels());
  EmulatedArray array(plan, 0);
  std::set<std::byte*> places;
  for (const LocalBuffer& buffer : plan.cores[3].buffers) {
    places.insert(array.place(3, buffer.name, static_cast<std::size_t>(buffer.bytes)));
  }
  EXPECT_EQ(places.size(), plan.cores[3].buffers.size());
  EXPECT_THROW(array.place(3, "sums", 64), Error) << "another size";
  EXPECT_THROW(array.place(3, "nothing", 64), Error);
}

}  // namespace
}  // namespace tessera::compute::npu
