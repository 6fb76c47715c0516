// The scale of a quantised row, the same in every variant.
#pragma once

namespace tessera::compute::kernels {

/// From the row's largest magnitude. Rows that are all below 2^-119 count as zeros, so that neither
/// the scale nor its reciprocal leaves the normal numbers (127 * 2^-126 < 2^-119).
static inline float scale_of_row(float largest) {
  return largest < 0x1p-119f ? 1.0f : largest / 127.0f;
}

}  // namespace tessera::compute::kernels
