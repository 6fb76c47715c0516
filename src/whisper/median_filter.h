// Smooths a row of numbers without moving its edges.
#pragma once

#include <span>

namespace tessera::whisper {

/// Puts in each place the median of the `width` (odd) values around it; beyond its ends the row is
/// mirrored, the end itself not repeated. A row of at most width / 2 values stays as it is. A NaN
/// counts as the greatest value, as in PyTorch's sort.
/// Source: median_filter() of timing.py, openai/whisper.
void median_filter(std::span<float> row, int width);

}  // namespace tessera::whisper
