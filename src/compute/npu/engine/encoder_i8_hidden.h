// The hidden channels of a feed-forward layer, rearranged for int8. Their order is free.
#pragma once

#include <vector>

#include "src/compute/npu/engine/encoder_i8_ranges.h"
#include "src/compute/npu/engine/encoder_i8_scales.h"
#include "src/compute/npu/engine/folded_layer.h"

namespace tessera::compute::npu {

/// Some trained models have a few channels that reach hundreds at some positions, where others end
/// at ten: one step for all that would be too coarse elsewhere. Such a channel is clamped early,
/// and what is above that is a channel of its own, which takes the place of the one that matters
/// least: the smallest product of its range and its weights.
void split_massive(FoldedLayer& layer, std::vector<Range>& hidden);

/// Puts channels in the order of their steps, so that a block of large ones, whose numbers have few
/// bits after the point, has no small ones.
void sort_hidden(FoldedLayer& layer, std::vector<FixedScale>& hidden);

}  // namespace tessera::compute::npu
