// Kernels of an encoder as far as a plan needs them to be drawn and timed: sizes, and what a call
// costs in closed form. Nothing here computes; the kernels that do are others.
#pragma once

#include "src/compute/npu/cost/grade.h"
#include "src/compute/npu/plan/builders/encoder_plan.h"
#include "src/compute/npu/sim/simulator.h"

namespace tessera::compute::npu {

/// For elements of 1 byte (int8) or 2 (bfloat16). Their `run` is null.
EncoderKernels modelled_encoder_kernels(std::int64_t element_bytes);

/// Cycles of a call of one of these, by the closed forms of `cost`; most of them are estimates.
/// Throws Error{bad_argument} for other kernels.
KernelCycles modelled_encoder_cycles(std::int64_t element_bytes, Grade grade);

}  // namespace tessera::compute::npu
