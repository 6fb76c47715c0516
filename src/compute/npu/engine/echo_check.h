// Whether what runs an encoder's plan does what the plan says, found out with numbers whose result
// is known to the bit: weights of zero, through which every layer hands on what came in.
#pragma once

#include "src/compute/npu/engine/plan_runner.h"
#include "src/compute/npu/plan/builders/encoder_plan.h"

namespace tessera::compute::npu {

/// Runs all layers on a buffer "weights" of zeros, which it must still be, and leaves "work"
/// zeroed. What a layer adds to x is then 0, so x must come out as it went in, by way of a place
/// that held something else, and so did what is added. On the chip, a buffer in a wrong memory
/// group and instructions of another build both end as "completed" with nothing done. Throws
/// Error{device_failed} that says what lies where, and what run() throws.
void check_echo(const EncoderShape& shape, LoadedPlan& loaded, const std::stop_token& stop = {});

}  // namespace tessera::compute::npu
