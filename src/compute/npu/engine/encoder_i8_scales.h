// The fixed scales of an int8 encoder layer, from the ranges of its numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "src/compute/kernels/tile_attention/octave_softmax.h"
#include "src/compute/npu/engine/encoder_i8_ranges.h"

namespace tessera::compute::npu {

/// What an integer stands for: middle + (integer - zero) * step.
struct FixedScale {
  float step = 1;
  float middle = 0;
  int zero = 0;
};

/// Of all that a layer computes; what attention makes of values has their scale.
struct LayerScales {
  std::vector<FixedScale> query, key, value, hidden;  ///< by column
  std::vector<kernels::OctaveScale> heads;            ///< of q k
};

/// Numbers may become so many times as large as the ranges say before they are clamped: room for
/// sounds that are unlike the one that ranges were measured with.
inline constexpr float kRangeMargin = 1.25f;

/// A head has one unit of scores, query step times key step; what of a query's element is in its
/// step and what in the key's is chosen so that both fill their range alike. The mean of keys does
/// not change a softmax and the mean of values passes through attention, so both are around zero.
LayerScales choose_scales(const LayerRanges& ranges, int heads);

}  // namespace tessera::compute::npu
