// Cycles of one AIE2 core from what it issued: a loop takes as long as its busiest slot.
//
// Sources of the constants: Xilinx/llvm-aie AIE2Schedule.td and AIE2Slots.td (latencies, slots),
// AM020 (banks), ignite-xdna docs/SILICON.md (probes on a Ryzen 8700G), the mlir-aie programming
// guide's section 4c (cycles of a loop), arXiv 2512.13282 (GEMM kernels that chess compiled).
#pragma once

#include "src/compute/npu/cost/grade.h"
#include "src/compute/npu/cost/issue_counts.h"

namespace tessera::compute::npu {

/// Of an empty kernel: 19 to 20 (ignite-xdna, measured).
constexpr double kCallCycles = 20;

/// The least cycles from one trip's beginning to the next one's: the busiest slot, or the chain of
/// dependent operations. lda and ldb share loads; accumulators come through lda alone, a gather
/// takes both. 0 when the loop made no trip.
double initiation_interval(const LoopCounts& loop);

/// All trips and entries of a loop, with its bank stalls. Throws Error{bad_argument} when a count
/// is negative or trips are missing.
double loop_cycles(const LoopCounts& loop, Grade grade);

/// All calls of a kernel: loops, what stands between them, and the calls themselves.
double kernel_cycles(const KernelCounts& kernel, Grade grade);

}  // namespace tessera::compute::npu
