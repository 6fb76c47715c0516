// Matrix products of any size on the array, in closed form: what the simulator of array plans
// computes transfer by transfer.
#pragma once

#include "src/compute/npu/cost/matmul_cost.h"

namespace tessera::compute::npu {

/// Tera-operations per second of a product much larger than its tiles on `cores` cores, each adding
/// up its own tile of C over `depth` of k, one `tile` at a time. Inputs are double-buffered and
/// arrive in time; C is not (arXiv 2512.13282), so a core waits for its result to leave. Padding is
/// not counted: sizes are taken as multiples of the tiles.
double array_matmul_tops(const MatmulShape& tile, MatmulKind kind, Grade grade, int depth,
                         int cores, double clock_ghz);

/// Microseconds of m x k x n on one core by tiles, one call for each.
double one_core_matmul_us(const MatmulShape& whole, const MatmulShape& tile, MatmulKind kind,
                          Grade grade, double clock_ghz);

}  // namespace tessera::compute::npu
