#include "src/compute/npu/plan/builders/host_access.h"

#include <algorithm>

namespace tessera::compute::npu {
namespace {

/// The largest divisor of n that is at most `most`.
std::int64_t divisor(std::int64_t n, std::int64_t most) {
  for (std::int64_t d = std::min(n, most); d > 1; --d) {
    if (n % d == 0) return d;
  }
  return 1;
}

/// Dimensions of one step are none, and a dimension that continues the one within it is part of it.
void merge(Access& access) {
  std::vector<Dim> merged;
  for (auto dim = access.dims.rbegin(); dim != access.dims.rend(); ++dim) {
    if (dim->count == 1) continue;
    if (merged.empty() && dim->stride_bytes == access.run_bytes) {
      access.run_bytes *= dim->count;
    } else if (!merged.empty() &&
               dim->stride_bytes == merged.back().count * merged.back().stride_bytes &&
               dim->stride_bytes != 0) {
      merged.back().count *= dim->count;
    } else {
      merged.push_back(*dim);
    }
  }
  access.dims.assign(merged.rbegin(), merged.rend());
}

}  // namespace

Access fit_shim(const Access& access) {
  const TileLimits& limits = limits_of(TileKind::shim);
  Access fitted = access;
  merge(fitted);
  if (fitted.linear()) return fitted;
  if (fitted.run_bytes % kWordBytes == 0 && fitted.run_bytes / kWordBytes > limits.wrap) {
    const std::int64_t words = fitted.run_bytes / kWordBytes;
    const std::int64_t run = divisor(words, limits.wrap) * kWordBytes;
    fitted.dims.push_back({fitted.run_bytes / run, run});
    fitted.run_bytes = run;
  }
  for (std::size_t i = 0; i < fitted.dims.size(); ++i) {
    const Dim dim = fitted.dims[i];
    if (dim.count <= limits.wrap) continue;
    const std::int64_t inner = divisor(dim.count, limits.wrap);
    fitted.dims[i] = {dim.count / inner, inner * dim.stride_bytes};
    fitted.dims.insert(fitted.dims.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                       {inner, dim.stride_bytes});
  }
  return fitted;
}

void append_groups(const std::vector<std::vector<HostStep>>& groups,
                   std::vector<HostStep>& sequence) {
  const auto wait = [&](const std::vector<HostStep>& group) {
    for (const HostStep& step : group) {
      if (step.token) sequence.push_back({HostStep::Kind::wait, step.fifo, 0, {}, false});
    }
  };
  for (std::size_t i = 0; i < groups.size(); ++i) {
    sequence.insert(sequence.end(), groups[i].begin(), groups[i].end());
    if (i > 0) wait(groups[i - 1]);
  }
  if (!groups.empty()) wait(groups.back());
}

}  // namespace tessera::compute::npu
