// Runs plans in the simulator, with the data that they would move.
#pragma once

#include "src/compute/npu/engine/plan_runner.h"
#include "src/compute/npu/sim/simulator.h"

namespace tessera::compute::npu {

/// `options` are those of simulate(); `timing_only` must not be set.
class SimulatorRunner : public PlanRunner {
 public:
  explicit SimulatorRunner(SimOptions options);

  std::string describe() const override;
  std::unique_ptr<LoadedPlan> load(const ArrayPlan& plan) override;

  /// What the last run took, modelled; all zeros before the first one.
  const SimResult& last_result() const { return last_result_; }

 private:
  SimOptions options_;
  SimResult last_result_;
};

}  // namespace tessera::compute::npu
