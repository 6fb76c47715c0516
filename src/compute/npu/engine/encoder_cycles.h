// What the calls of an encoder's kernels take, before any window was encoded.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "src/compute/npu/cost/grade.h"
#include "src/compute/npu/plan/builders/encoder_plan.h"

namespace tessera::compute::npu {

/// Cycles of a call of each kernel by its name, on average: one core goes once through a block of a
/// product, the attention of a block of queries over all keys, and a LayerNorm, and what it issued
/// is counted. Its buffers hold zeros, so that of what depends on data only the first block of keys
/// raises a maximum. Modelled, not measured.
std::map<std::string, std::int64_t> encoder_call_cycles(const EncoderShape& shape,
                                                        const EncoderKernels& kernels,
                                                        const ArrayPlan& plan, Grade grade);

}  // namespace tessera::compute::npu
