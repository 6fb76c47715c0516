// The files that the cpu device keeps beside a model.
#pragma once

#include <string>

#include "src/compute/cpu/kernel_set.h"
#include "src/compute/cpu/precision_plan.h"

namespace tessera::compute::cpu {

/// The plan for a precision: where int8 was calibrated (see calibration.h), what the file beside
/// the model says, else PrecisionPlan::of. Throws Error{bad_file} for a file that is not a plan of
/// this model.
PrecisionPlan plan_for(const ModelWeights& weights, Precision precision);

/// Where the plan of int8 is kept; empty for a model without files.
std::string plan_path(const ModelWeights& weights);

/// Where packed weights are kept; empty for a model without files.
std::string pack_path(const ModelWeights& weights, Precision precision);

/// All that packed weights depend on, as text: the model's files, the plan, and how the kernels
/// want them.
std::string pack_key(const ModelWeights& weights, const PrecisionPlan& plan,
                     const KernelSet& kernels);

}  // namespace tessera::compute::cpu
