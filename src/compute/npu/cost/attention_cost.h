// Attention of one tile of queries over one tile of keys on one core, stage by stage, in closed
// form: what a kernel costs before its issues are counted.
#pragma once

#include <vector>

#include "src/compute/npu/cost/grade.h"

namespace tessera::compute::npu {

struct StageCost {
  const char* name;
  double cycles;
};

/// int8 scores and values, fused, with a running maximum and one division at the end of all keys:
/// `queries` x 64 keys of 64. Scores stay in mmul's block layout.
std::vector<StageCost> fused_i8_stages(int queries, Grade grade);

/// The same in bfloat16 with maximum, sum and output in float32.
std::vector<StageCost> flash_bf16_stages(int queries, Grade grade);

/// int8 with vectors stage by stage: products by mmul, scores row by row, every row normalised
/// before it meets the values.
std::vector<StageCost> staged_i8_stages(Grade grade);

double total_cycles(const std::vector<StageCost>& stages);

}  // namespace tessera::compute::npu
