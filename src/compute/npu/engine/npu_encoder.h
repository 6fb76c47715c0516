// An encoder engine whose layers a plan runner runs: the simulator, or the chip.
#pragma once

#include <memory>

#include "src/compute/device.h"
#include "src/compute/npu/cost/grade.h"
#include "src/compute/npu/engine/encoder_image.h"
#include "src/compute/npu/engine/plan_runner.h"

namespace tessera::compute::npu {

/// A window's time on the array, modelled and not measured.
struct ModelledTime {
  double array_ms = 0;   ///< at the clock
  double launch_ms = 0;  ///< what starting the layers costs the host

  double total_ms() const { return array_ms + launch_ms; }
};

/// How the array is taken to run.
struct ArrayPace {
  double clock_ghz = 1.0;
  Grade grade = Grade::peano;
};

/// Of the kernels' issues without data: keys that raise a maximum cost more. Throws
/// Error{unsupported} for a model whose plan the array does not hold.
ModelledTime modelled_time(const EncoderImage& image, const ArrayPace& pace);

/// Whether the runner is tried with check_echo() before the first window.
enum class SelfCheck { none, echo };

/// `ends` computes what the layers do not. The runner must outlive the engine. Throws
/// Error{unsupported} for a model whose plan the array does not hold, and what the runner and the
/// check throw.
std::unique_ptr<EncoderEngine> make_npu_encoder(EncoderImage image,
                                                std::unique_ptr<EncoderEnds> ends,
                                                PlanRunner& runner, SelfCheck check);

}  // namespace tessera::compute::npu
