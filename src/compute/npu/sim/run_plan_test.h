// Running plans in tests.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "src/compute/npu/plan/array_plan.h"
#include "src/compute/npu/sim/simulator.h"
#include "tessera/error.h"

namespace tessera::compute::npu {

/// Every call takes as many cycles as its first buffer has bytes, and 20.
inline std::int64_t plain_cycles(const CoreKernel& kernel, std::span<std::byte* const>,
                                 std::span<const std::int32_t>) {
  return static_cast<std::int64_t>(kernel.buffer_bytes[0]) + 20;
}

inline SimResult run_plan(const ArrayPlan& plan, std::vector<std::vector<std::byte>>& buffers,
                          const SimOptions& options = {.cycles = plain_cycles}) {
  std::vector<std::span<std::byte>> spans(buffers.begin(), buffers.end());
  return simulate(plan, spans, options);
}

inline SimResult time_plan(const ArrayPlan& plan) {
  return simulate(plan, {}, {.cycles = plain_cycles, .timing_only = true});
}

/// What simulate() says of a plan that does not work; empty if it works.
inline std::string sim_complaint(const ArrayPlan& plan) {
  try {
    time_plan(plan);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace tessera::compute::npu
