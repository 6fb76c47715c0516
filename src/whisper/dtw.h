// The cheapest way through a matrix of costs: dynamic time warping (Sakoe and Chiba 1978).
#pragma once

#include <vector>

#include "src/compute/tensor.h"

namespace tessera::whisper {

/// Places of a path in their order: step i is at (rows[i], columns[i]).
struct WarpingPath {
  std::vector<int> rows;
  std::vector<int> columns;
};

/// The path from the first to the last place of `costs` (rows, columns) f32 by steps down, right or
/// both, whose costs add up to the least. Both is taken only when strictly cheaper than the two
/// others, down only when strictly cheaper than the two others, else right.
///
/// Sums are float64, as in openai/whisper. A NaN is never cheaper: with NaNs, or without columns,
/// the path may run along column -1, before the matrix, as there.
/// Source: dtw_cpu() of timing.py, openai/whisper.
WarpingPath dtw(const compute::TensorView& costs);

}  // namespace tessera::whisper
