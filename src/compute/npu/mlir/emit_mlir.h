// A plan as MLIR for AMD's compiler.
#pragma once

#include <string>

#include "src/compute/npu/plan/array_plan.h"

namespace tessera::compute::npu {

/// The plan in the generic form of the dialects aie and aiex (Xilinx/mlir-aie of 2026, whose object
/// fifos may differ in size at their ends), which aiecc takes and any mlir-opt can parse. Memory is
/// counted in words: every memref is of i32, so that sizes, strides and offsets mean words whatever
/// the elements are. A core is linked with its kernels' object file, or with PLAN_kernels.o if they
/// have several, which the caller makes of them. The sequence is that of one launch: for the next
/// one the host passes its buffers launch_stride_bytes further on. Throws Error{bad_argument} for a
/// plan that check_plan refuses, and Error{unsupported} if a kernel is called with buffers of
/// different sizes, which one declaration cannot say.
std::string emit_mlir(const ArrayPlan& plan);

}  // namespace tessera::compute::npu
