// Which parts of the encoder a plan keeps in bfloat16, found by measuring.
#pragma once

#include <memory>
#include <span>

#include "src/base/thread_pool.h"
#include "src/compute/cpu/kernel_set.h"
#include "src/compute/cpu/precision_plan.h"
#include "src/compute/device.h"

namespace tessera::compute::cpu {

struct CalibratedPlan {
  PrecisionPlan plan;
  CalibrationReport report;  ///< without the path
};

/// Encodes the windows in float32, then with each part of each layer alone in int8. Parts are
/// kept in bfloat16, the worst first, until the encoder's output is within the error that was
/// asked for; errors of parts add up as independent ones do, which the result is checked against.
/// Throws Error{cancelled}.
CalibratedPlan calibrated_plan(const std::shared_ptr<const ModelWeights>& weights,
                               std::span<const TensorView> mels, const CalibrationRequest& request,
                               const KernelSet& kernels, base::ThreadPool& pool);

}  // namespace tessera::compute::cpu
