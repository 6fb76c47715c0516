#include "src/compute/npu/sim/array_points.h"

#include <gtest/gtest.h>

#include "src/compute/npu/cost/array_cost.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

TEST(ArrayPoints, ThePublishedProductsAreInTheirBands) {
  const auto points = simulated_calibration_points();
  ASSERT_EQ(points.size(), 4U);
  for (const CalibrationPoint& point : points) {
    EXPECT_TRUE(point.band && point.holds())
        << point.name << ": published " << point.published << ", modelled " << point.modelled;
  }
}

// The closed form leaves out filling and draining the array, and that transfers share memory.
TEST(ArrayPoints, TheSimulatorIsBelowTheClosedFormButNear) {
  constexpr MatmulShape kTile{112, 112, 112};
  constexpr GemmShape kShape{1792, 4032, 1792};
  const ArrayPlan plan = timed_matmul_plan(kShape, kTile, MatmulKind::i8_to_i8, 2);
  const double simulated =
      simulated_matmul_tops(plan, kShape, kTile, MatmulKind::i8_to_i8, Grade::chess, 1.0);
  const double closed = array_matmul_tops(kTile, MatmulKind::i8_to_i8, Grade::chess, 4032, 16, 1.0);
  EXPECT_LT(simulated, closed * 1.02);  // whose share of stalls, 1 %, the simulator does not have
  EXPECT_GT(simulated, closed * 0.9);
}

// Narrow panels leave the shim with runs too short for the memory's rate to matter: the products
// must wait for what crosses the array instead, and the time says so.
TEST(ArrayPoints, ATileThatIsTooSmallIsBoundByTransfers) {
  constexpr MatmulShape kTile{16, 32, 16};
  constexpr GemmShape kShape{512, 512, 512};
  const ArrayPlan plan = timed_matmul_plan(kShape, kTile, MatmulKind::i8_to_i8, 1);
  const double tops =
      simulated_matmul_tops(plan, kShape, kTile, MatmulKind::i8_to_i8, Grade::chess, 1.0);
  // 16 x 32 bytes of A per tile take 128 cycles for 8192 products: 64 a cycle and core at most.
  EXPECT_LT(tops, 2 * 64 * 16 * 1e-3);
}

TEST(ArrayPoints, ATileThatDoesNotFitIsRefused) {
  constexpr MatmulShape kTile{128, 128, 128};  // 5 x 16 KB
  constexpr GemmShape kShape{512, 512, 512};
  const ArrayPlan plan = timed_matmul_plan(kShape, kTile, MatmulKind::i8_to_i8, 1);
  EXPECT_THROW(simulated_matmul_tops(plan, kShape, kTile, MatmulKind::i8_to_i8, Grade::chess, 1.0),
               Error);
}

}  // namespace
}  // namespace tessera::compute::npu
