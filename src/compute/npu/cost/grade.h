// Who turned a kernel into bundles: the model's guess of how well loops are scheduled.
#pragma once

#include <string>

namespace tessera::compute::npu {

enum class Grade {
  hand,         ///< written in bundles: what stands outside loops hides in their free slots
  chess,        ///< AMD's compiler: loops pipelined to their bound
  peano,        ///< Xilinx/llvm-aie: pipelined, with the losses that its published kernels show
  unpipelined,  ///< one trip after the other, every operation waits for the one before
};

const char* grade_name(Grade grade);

/// Of a name as `grade_name` gives it. Throws Error{bad_argument} with the names that there are.
Grade parse_grade(const std::string& name);

}  // namespace tessera::compute::npu
