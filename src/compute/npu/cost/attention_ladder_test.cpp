#include "src/compute/npu/cost/attention_ladder.h"

#include <gtest/gtest.h>

#include "src/compute/npu/cost/array_cost.h"
#include "src/compute/npu/cost/attention_cost.h"
#include "src/compute/npu/cost/scalar_cost.h"

namespace tessera::compute::npu {
namespace {

// Two products of 64^3 have 2048 cycles of int8 and 4096 of bf16 at least; the bounds above are
// what the design promises for a pair.
TEST(AttentionCost, PairsAreBetweenTheMultiplierAndThePromise) {
  const auto cycles = [](const std::vector<StageCost>& stages) { return total_cycles(stages); };
  EXPECT_GT(cycles(fused_i8_stages(64, Grade::hand)), 2048);
  EXPECT_LT(cycles(fused_i8_stages(64, Grade::hand)), 6000);
  EXPECT_LT(cycles(fused_i8_stages(64, Grade::peano)), 12000);
  EXPECT_GT(cycles(flash_bf16_stages(64, Grade::hand)), 4096);
  EXPECT_LT(cycles(flash_bf16_stages(64, Grade::hand)), 13000);
  EXPECT_LT(cycles(flash_bf16_stages(64, Grade::peano)), 21000);
}

// A quarter of the queries costs more than a quarter: loops are filled and drained as often.
TEST(AttentionCost, FewQueriesAreLessEfficient) {
  for (const Grade grade : {Grade::hand, Grade::peano, Grade::unpipelined}) {
    const double whole = total_cycles(fused_i8_stages(64, grade));
    const double quarter = total_cycles(fused_i8_stages(16, grade));
    EXPECT_GT(quarter, whole / 4);
    EXPECT_LT(quarter, whole / 3);
  }
}

// 2 * 64^3 products of 6.6 cycles, 64^2 of exp and a division.
TEST(AttentionLadder, BeginsWithTheSeed) {
  EXPECT_DOUBLE_EQ(scalar_attention_cycles(64), 524288 * 6.6 + 4096 * 55.0);
  const std::vector<LadderRow> ladder = attention_ladder();
  EXPECT_DOUBLE_EQ(ladder.front().modelled_cycles, scalar_attention_cycles(64));
  EXPECT_EQ(ladder.front().seed_measured_ms, 2.233);
  for (std::size_t i = 1; i < ladder.size(); ++i) {
    EXPECT_FALSE(ladder[i].seed_measured_ms) << "the seed measured one step";
    EXPECT_FALSE(ladder[i].counted);
  }
}

TEST(AttentionLadder, LaunchesAreToldApart) {
  const std::vector<LaunchShare> shares = launch_shares();
  ASSERT_EQ(shares.size(), 3U);
  EXPECT_EQ(shares[0].us_per_pair, 120);
  EXPECT_NEAR(shares[2].us_per_pair, 120.0 / 4608, 1e-12);
}

TEST(ArrayCost, CoresDoNotWaitForEachOther) {
  const MatmulShape tile = {96, 56, 96};
  const double one = array_matmul_tops(tile, MatmulKind::bf16, Grade::chess, 4032, 1, 1.0);
  EXPECT_NEAR(array_matmul_tops(tile, MatmulKind::bf16, Grade::chess, 4032, 16, 1.0), 16 * one,
              1e-9);
  EXPECT_LT(one, 2 * 128e-3) << "more than the multiplier can do";
  EXPECT_NEAR(array_matmul_tops(tile, MatmulKind::bf16, Grade::chess, 4032, 1, 1.8), 1.8 * one,
              1e-9);
  // 3 x 2 x 1 tiles, the last of each row partly empty.
  EXPECT_DOUBLE_EQ(
      one_core_matmul_us({65, 64, 32}, {32, 32, 32}, MatmulKind::bf16, Grade::hand, 1.0),
      6 * 0.282);
}

}  // namespace
}  // namespace tessera::compute::npu
