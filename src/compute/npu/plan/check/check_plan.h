// The hardware's rules, held against a plan.
#pragma once

#include <string>
#include <vector>

#include "src/compute/npu/plan/array_plan.h"

namespace tessera::compute::npu {

/// A rule that a plan breaks.
struct Violation {
  std::string rule;     ///< "channels", "memory", ...: one word
  std::string message;  ///< one line that names the tile, fifo or step, what is there, what may be
};

/// Every breach; empty for a plan that the array can hold. What depends on time (a shim's queue, a
/// deadlock) the simulator sees. The limits and their source are in array_device.h.
std::vector<Violation> check_plan(const ArrayPlan& plan);

/// Throws Error{bad_argument} with the first breach and their number.
void require_valid(const ArrayPlan& plan);

}  // namespace tessera::compute::npu
