// Transfers of the host as the shims' descriptors can say them, and their order in the sequence.
#pragma once

#include <vector>

#include "src/compute/npu/plan/array_plan.h"

namespace tessera::compute::npu {

/// The same bytes in the same order, with runs and dimensions that fit a shim's counters (1023),
/// where a divisor allows it: neighbouring dimensions that continue each other become one, a run or
/// a count that is too long becomes two dimensions. What still does not fit the checker refuses.
Access fit_shim(const Access& access);

/// Appends groups of transfers so that a group is issued while the one before it is under way, and
/// waits for every token of the last. A group may have two transfers of each fifo.
void append_groups(const std::vector<std::vector<HostStep>>& groups,
                   std::vector<HostStep>& sequence);

}  // namespace tessera::compute::npu
