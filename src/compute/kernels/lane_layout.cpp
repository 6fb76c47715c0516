#include "src/compute/kernels/lane_layout.h"

#include <string_view>

namespace tessera::compute::kernels {

LaneWeightLayout lane_weight_layout(const Kernel& kernel) {
  constexpr int kDword = 4, kTileRow = 64;  // bytes
  const std::string_view op = kernel.op;
  const int bytes = op == LaneLinearI8Params::kOp ? 1 : op == LaneLinearBf16Params::kOp ? 2 : 4;
  if (kernel.isa == Isa::amx) return {kTileChannels, kTileRow / bytes};
  return {kBlockPanel, kDword / bytes};
}

bool takes_rows(const Kernel& kernel) { return kernel.isa == Isa::amx; }

}  // namespace tessera::compute::kernels
