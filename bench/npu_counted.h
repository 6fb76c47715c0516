// The ladder's steps from what kernels issue on an emulated core, where there is a kernel for a
// step.
#pragma once

#include "src/compute/npu/cost/attention_ladder.h"

namespace tessera::bench {

/// attention_ladder() with the cycles of steps 1a, 1b, 2b, 3, 5 and bf16 from counts on made-up
/// activations; of
/// kernels that keep sums, the mean over 1500 keys. Steps 0, 2a and 4 stay as they
/// are: 0 is calibrated by a measurement, for the others there is no kernel.
std::vector<compute::npu::LadderRow> counted_ladder();

}  // namespace tessera::bench
