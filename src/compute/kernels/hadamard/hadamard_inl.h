// What all variants of the Walsh-Hadamard transform agree on: the order of the additions.
#pragma once

namespace tessera::compute::kernels {

/// What the sums are multiplied by at the end. Correctly rounded twice, so the same everywhere.
static inline float hadamard_factor(int columns) {
  return 1.0f / __builtin_sqrtf(static_cast<float>(columns));
}

/// One row by plain loops: stages of distance 1, 2, 4, ... replace (a, b) that lie that far apart
/// by (a + b, a - b). Each number of the result is a tree of additions that the stages define,
/// whatever the order in which the pairs of a stage are visited.
static inline void hadamard_of_row(float* row, int columns) {
  for (int distance = 1; distance < columns; distance *= 2) {
    for (int block = 0; block < columns; block += 2 * distance) {
      for (int i = block; i < block + distance; ++i) {
        const float a = row[i], b = row[i + distance];
        row[i] = a + b;
        row[i + distance] = a - b;
      }
    }
  }
  const float factor = hadamard_factor(columns);
  for (int i = 0; i < columns; ++i) row[i] *= factor;
}

}  // namespace tessera::compute::kernels
