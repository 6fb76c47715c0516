// Published products on the whole array, transfer by transfer through the simulator.
#pragma once

#include <vector>

#include "src/compute/npu/cost/calibration_points.h"
#include "src/compute/npu/cost/matmul_cost.h"
#include "src/compute/npu/plan/builders/gemm_plan.h"

namespace tessera::compute::npu {

/// The plan of a product on sixteen cores that adds up `tile` by tile in L1, with panels of
/// `panel_tiles` tiles along k in the memory tiles. Its kernels are named but have no code: it is
/// for the simulator's timing alone. Throws as gemm_plan.
ArrayPlan timed_matmul_plan(const GemmShape& shape, const MatmulShape& tile, MatmulKind kind,
                            int panel_tiles);

/// Tera-operations per second of that plan, with the kernel's cycles of `matmul_cycles`. Padding to
/// whole tiles on all cores counts as work. Throws Error{bad_argument} for a plan that breaks a
/// rule of the hardware.
double simulated_matmul_tops(const ArrayPlan& plan, const GemmShape& shape, const MatmulShape& tile,
                             MatmulKind kind, Grade grade, double clock_ghz);

/// The array level of the published measurements, to be held against the closed form in
/// calibration_points(). The paper's tiles of 96 and 80 rows and columns do not divide 4032 on four
/// cores: those products have the next size that they do divide, in whose operations they are
/// counted.
std::vector<CalibrationPoint> simulated_calibration_points();

}  // namespace tessera::compute::npu
