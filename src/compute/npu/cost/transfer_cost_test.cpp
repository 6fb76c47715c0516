// DMA, shim, launches, clock: what a plan's simulator adds up.
#include <gtest/gtest.h>

#include "src/compute/npu/cost/clock.h"
#include "src/compute/npu/cost/dma_cost.h"
#include "src/compute/npu/cost/launch_cost.h"

namespace tessera::compute::npu {
namespace {

TEST(DmaCost, AStreamCarriesFourBytesPerCycle) {
  EXPECT_EQ(dma_cycles(0), 6);
  EXPECT_EQ(dma_cycles(1), 7);
  EXPECT_EQ(dma_cycles(4), 7);
  EXPECT_EQ(dma_cycles(4096), 1030);  // an int8 tile: 1024 words
}

TEST(DmaCost, AStageTakesTheSlowerOfBoth) {
  EXPECT_EQ(stage_cycles(6000, 1030, 2), 6036);
  EXPECT_EQ(stage_cycles(500, 1030, 2), 1066);
}

// 1024 words at 1.05 and one task.
TEST(DmaCost, ShimIsSlowerToTheArray) {
  EXPECT_DOUBLE_EQ(shim_cycles(4096, 1, ShimDirection::to_array), 1000 + 325 + 1075.2);
  EXPECT_DOUBLE_EQ(shim_cycles(4096, 3, ShimDirection::to_memory), 250 + 3 * 179 + 1075.2);
}

TEST(DmaCost, MemoryGivesWhatWasMeasuredAtBothClocks) {
  EXPECT_NEAR(memory_bytes_per_cycle(kPaperClockGhz) * kPaperClockGhz, 15, 1e-9);
  EXPECT_NEAR(memory_bytes_per_cycle(kDesktopClockGhz) * kDesktopClockGhz, 26, 1e-9);
}

TEST(LaunchCost, ARunlistBeginsWithAWholeLaunch) {
  EXPECT_EQ(runlist_us(0), 0);
  EXPECT_EQ(runlist_us(1), 120);
  EXPECT_NEAR(runlist_us(64), 64 * 36, 1e-9);
  EXPECT_GT(runlist_us(6), 120 + 5 * 30);
  EXPECT_LT(runlist_us(6), 120 + 5 * 36);
  EXPECT_DOUBLE_EQ(buffer_sync_us(10240), 0.75);
}

TEST(Clock, CyclesTakeLessTimeAtAHigherClock) {
  EXPECT_DOUBLE_EQ(microseconds(1800, kPaperClockGhz), 1.8);
  EXPECT_DOUBLE_EQ(microseconds(1800, kDesktopClockGhz), 1.0);
}

}  // namespace
}  // namespace tessera::compute::npu
