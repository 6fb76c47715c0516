// The loop bodies of which softmax and its neighbours consist, as issues per trip.
//
// Estimates from the schedule of Xilinx/llvm-aie and the sources of mlir-aie's kernels: nobody
// measured how often gathers issue, so what is built from them is uncertain by 40 %.
#pragma once

#include "src/compute/npu/cost/grade.h"
#include "src/compute/npu/cost/issue_counts.h"

namespace tessera::compute::npu {

struct Body {
  const char* name;
  int lanes;  ///< elements of one trip
  IssueCounts issued;
  Recurrence recurrence;
};

/// Maximum with what came before, 32 int16 or bf16; scores in mmul's block layout.
Body row_max_body();
/// x - m, exp by two tables, running sum, store; 16 bf16 (mlir-aie, lut_based_ops.h).
Body exp_table_bf16_body();
/// The same by a cubic polynomial, without tables; 16 bf16 (mlir-aie, exp2_bf16.h).
Body exp_cubic_bf16_body();
/// (m - x) scaled to 0..255, one table of int16, uint8 out; 32 int16 scores.
Body exp_table_i8_body();
/// Times a reciprocal that is the sum of two bf16; 16 bf16.
Body scale_by_reciprocal_body();
/// Accumulators to int8 while storing; 32 lanes.
Body requantise_body();

/// Cycles of `elements` elements in one loop, entered once; the last trip may be partly empty.
double body_cycles(const Body& body, std::int64_t elements, Grade grade);

}  // namespace tessera::compute::npu
