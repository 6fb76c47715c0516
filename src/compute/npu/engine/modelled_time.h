// What an encoder would take on the array, modelled and not measured.
#pragma once

#include <string>
#include <vector>

#include "src/compute/npu/cost/grade.h"
#include "src/compute/npu/plan/builders/encoder_plan.h"

namespace tessera::compute::npu {

/// How the array is taken to run.
struct ArrayPace {
  double clock_ghz = 1.0;
  Grade grade = Grade::peano;
};

/// Of one window.
struct ModelledTime {
  struct Stage {
    std::string name;
    double ms = 0;
  };
  std::vector<Stage> stages;  ///< of all layers, as in the plan
  double array_ms = 0;        ///< all of them, at the clock
  double launch_ms = 0;       ///< what starting the layers costs the host

  double total_ms() const { return array_ms + launch_ms; }
};

/// Of what the kernels issue without data. Keys that raise a maximum cost more: on the shipped
/// sample counts of the window itself make it 2 to 3 % longer.
ModelledTime modelled_time(const EncoderShape& shape, const EncoderKernels& kernels,
                           const ArrayPlan& plan, const ArrayPace& pace);

}  // namespace tessera::compute::npu
