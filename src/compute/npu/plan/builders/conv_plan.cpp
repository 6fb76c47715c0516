#include "src/compute/npu/plan/builders/conv_plan.h"

#include <algorithm>
#include <string>

#include "tessera/error.h"

namespace tessera::compute::npu {

GemmShape conv_as_gemm(const ConvShape& shape) {
  const std::int64_t least =
      std::min({shape.positions, shape.channels_in, shape.channels_out, shape.taps, shape.stride});
  if (least < 1) {
    throw Error(ErrorCode::bad_argument,
                "conv_plan: expected sizes of at least 1, got " + std::to_string(least));
  }
  return {shape.positions, shape.taps * shape.channels_in, shape.channels_out};
}

ArrayPlan conv_plan(const ConvShape& shape, const GemmTile& tile, const GemmKernels& kernels) {
  ArrayPlan plan = gemm_plan(conv_as_gemm(shape), tile, kernels,
                             shape.stride * shape.channels_in * tile.a_element_bytes);
  plan.name = "conv_" + std::to_string(shape.positions) + "x" + std::to_string(shape.channels_in) +
              "x" + std::to_string(shape.channels_out);
  return plan;
}

}  // namespace tessera::compute::npu
