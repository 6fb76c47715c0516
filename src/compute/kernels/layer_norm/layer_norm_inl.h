// From the sums over a row to what normalises it, the same for all instruction sets.
#pragma once

namespace tessera::compute::kernels {

/// Sums over a row of the distances from a mean that is only nearly right, and of their squares.
struct Distances {
  float sum, squares;
};

struct RowStatistics {
  float mean;   ///< of the distances: to be taken off once more
  float scale;  ///< 1 / sqrt(variance + epsilon)
};

static inline RowStatistics correct(Distances distances, int columns, float epsilon) {
  const float mean = distances.sum / static_cast<float>(columns);
  // The variance of numbers that are all equal may be negative by rounding.
  const float squares = distances.squares - distances.sum * mean;
  const float variance = squares > 0 ? squares / static_cast<float>(columns) : 0;
  return {mean, 1 / __builtin_sqrtf(variance + epsilon)};
}

}  // namespace tessera::compute::kernels
