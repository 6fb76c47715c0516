// An encoder engine whose layers a plan runner runs: the simulator, or the chip.
#pragma once

#include <memory>

#include "src/compute/device.h"
#include "src/compute/npu/engine/encoder_image.h"
#include "src/compute/npu/engine/plan_runner.h"

namespace tessera::compute::npu {

/// A plan that the array holds. Throws Error{unsupported} for others.
ArrayPlan checked_encoder_plan(const EncoderShape& shape, const EncoderKernels& kernels);

/// Whether the runner is tried with check_echo() before the first window.
enum class SelfCheck { none, echo };

/// `ends` computes what the layers do not. The runner must outlive the engine. Throws
/// Error{unsupported} for a model whose plan the array does not hold, and what the runner and the
/// check throw.
std::unique_ptr<EncoderEngine> make_npu_encoder(EncoderImage image,
                                                std::unique_ptr<EncoderEnds> ends,
                                                PlanRunner& runner, SelfCheck check);

}  // namespace tessera::compute::npu
