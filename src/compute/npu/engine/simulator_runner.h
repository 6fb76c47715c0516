// Runs plans in the simulator, with the data that they would move.
#pragma once

#include "src/compute/npu/engine/plan_runner.h"

namespace tessera::compute::npu {

class SimulatorRunner : public PlanRunner {
 public:
  /// Kernels of different cores run on that many threads, at least one.
  explicit SimulatorRunner(int threads) : threads_(threads) {}

  std::string describe() const override;
  std::unique_ptr<LoadedPlan> load(const ArrayPlan& plan) override;

 private:
  int threads_;
};

}  // namespace tessera::compute::npu
