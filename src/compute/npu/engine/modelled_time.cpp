#include "src/compute/npu/engine/modelled_time.h"

#include "src/compute/npu/cost/clock.h"
#include "src/compute/npu/engine/encoder_cycles.h"
#include "src/compute/npu/sim/simulator.h"

namespace tessera::compute::npu {

ModelledTime modelled_time(const EncoderShape& shape, const EncoderKernels& kernels,
                           const ArrayPlan& plan, const ArrayPace& pace) {
  const auto cycles = encoder_call_cycles(shape, kernels, plan, pace.grade);
  const SimResult result =
      simulate(plan, {},
               {.cycles = [&](const CoreKernel& kernel, std::span<std::byte* const>,
                              std::span<const std::int32_t>) { return cycles.at(kernel.name); },
                .timing_only = true});
  ModelledTime time;
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const auto stage = static_cast<double>(result.stage_cycles[i]);
    time.stages.push_back({plan.stages[i].name, microseconds(stage, pace.clock_ghz) / 1000});
  }
  time.array_ms = result.array_microseconds(pace.clock_ghz) / 1000;
  time.launch_ms = result.launch_microseconds() / 1000;
  return time;
}

}  // namespace tessera::compute::npu
