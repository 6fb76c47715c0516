// The kernels that an array plan can give a core, as plain data.
#pragma once

#include <span>
#include <string_view>

#include "src/compute/npu/cost/issue_counts.h"
#include "src/compute/npu/plan/core_kernel.h"

namespace tessera::compute::npu {

/// All of them. `run` works on the core that is current (CoreScope), whose memory holds the buffers.
std::span<const CoreKernel> core_kernels();

/// The one of that name. Throws Error{bad_argument} that lists the names.
const CoreKernel& core_kernel(std::string_view name);

/// Runs a kernel once on a core of its own, whose buffers are zeros but for tables, and gives what
/// it issued. Buffers take the banks in turns. For kernels whose course depends on numbers alone.
/// Throws Error{bad_argument} when the scalars are not as many as it takes.
KernelCounts count_issues(const CoreKernel& kernel, std::span<const std::int32_t> scalars);

}  // namespace tessera::compute::npu
