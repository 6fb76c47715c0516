// Cycles of matrix products whose operands lie in a core's memory, in the order of mmul's tiles.
#pragma once

#include "src/compute/npu/cost/grade.h"
#include "src/compute/npu/cost/issue_counts.h"

namespace tessera::compute::npu {

/// What is multiplied, and what leaves the accumulators. `i8_to_i32` and `bf16_to_f32` read C, add
/// to it and write it back; the others begin at zero.
enum class MatmulKind { i8_to_i8, i8_to_i16, i8_to_i32, bf16, bf16_to_f32, i16 };

struct MatmulShape {
  int m = 0, k = 0, n = 0;

  double products() const { return static_cast<double>(m) * k * n; }
};

/// Of an element of C.
int result_bytes(MatmulKind kind);

/// Cycles of one call, calibrated against published kernels: `groups * (ksteps * V + OH) + 20`,
/// where a group is one block of accumulators and V the cycles of its products in one step of k.
/// Sizes that are no multiples of the block count as the next multiple. Grades for which nobody
/// published a kernel take the nearest one: `hand` is bf16 alone, everything else `hand` is
/// `chess`; i16 is `peano` alone. Throws Error{bad_argument} when a size is below 1.
double matmul_cycles(const MatmulShape& shape, MatmulKind kind, Grade grade);

/// What such a kernel issues, for the model of slots: one loop over k for each group.
KernelCounts matmul_counts(const MatmulShape& shape, MatmulKind kind);

}  // namespace tessera::compute::npu
