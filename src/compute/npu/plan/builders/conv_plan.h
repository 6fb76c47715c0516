// Convolutions along time on all sixteen cores.
#pragma once

#include <cstdint>

#include "src/compute/npu/plan/array_plan.h"
#include "src/compute/npu/plan/builders/gemm_plan.h"

namespace tessera::compute::npu {

/// Output t is made of inputs stride * t to stride * t + taps - 1, of all channels: padding at both
/// ends is the caller's, as rows of zeros.
struct ConvShape {
  std::int64_t positions = 0;  ///< of the output
  std::int64_t channels_in = 0;
  std::int64_t channels_out = 0;
  std::int64_t taps = 3;
  std::int64_t stride = 1;
};

/// The product that it is: (positions, taps * channels_in) by (taps * channels_in, channels_out).
GemmShape conv_as_gemm(const ConvShape& shape);

/// That product, where nothing is copied to make its left side: with channels side by side, the
/// inputs of one output are neighbours in memory, so a row of A begins `stride` inputs after the
/// one before it and shares the rest with it. Host buffers as in gemm_plan; "a" has an input of
/// channels_in elements per row. Past the last tap k is padded with zeros in B alone: A has there
/// what lies behind, which must be finite. Throws Error{bad_argument} for sizes below 1.
ArrayPlan conv_plan(const ConvShape& shape, const GemmTile& tile, const GemmKernels& kernels);

}  // namespace tessera::compute::npu
