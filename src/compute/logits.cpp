#include "src/compute/logits.h"

#include "src/compute/kernels/registry.h"

namespace tessera::compute {
namespace {

using kernels::ExpSumParams;
using kernels::IsaTier;
using kernels::Kernel;
using kernels::TopKParams;

// A search asks thousands of times per second: chosen once, by what the environment says then.
const Kernel& kernel_of(std::string_view op) {
  return kernels::select(op, IsaTier::from_environment());
}

}  // namespace

std::span<const int> largest(std::span<const float> row, std::span<int> ids) {
  static const Kernel& kernel = kernel_of(TopKParams::kOp);
  if (ids.empty()) return ids;
  int found = 0;
  TopKParams params;
  params.in = row.data();
  params.count = static_cast<int>(row.size());
  params.k = static_cast<int>(ids.size());
  params.ids = ids.data();
  params.found = &found;
  kernel.run(params);
  return ids.first(static_cast<std::size_t>(found));
}

double exp_sum(std::span<const float> row, double shift, double scale) {
  static const Kernel& kernel = kernel_of(ExpSumParams::kOp);
  double sum = 0;
  ExpSumParams params;
  params.in = row.data();
  params.count = static_cast<std::ptrdiff_t>(row.size());
  params.shift = shift;
  params.scale = scale;
  params.sum = &sum;
  kernel.run(params);
  return sum;
}

}  // namespace tessera::compute
