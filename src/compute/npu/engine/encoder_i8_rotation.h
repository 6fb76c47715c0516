// Weights rearranged so that one scale is enough for what goes from layer to layer (QuaRot,
// Ashkboos et al. 2024, for pre-norm blocks without rotary positions): what is written to the
// residual stream loses its mean, which LayerNorm would take anyway, and is multiplied by an
// orthogonal matrix R; what reads the stream is multiplied by its inverse.
#pragma once

#include <span>

#include "src/compute/npu/engine/folded_layer.h"

namespace tessera::compute::npu {

/// x becomes R x of each row of `width` numbers. R is its own inverse: Hadamard's matrix on parts
/// of a power of two, and the reflection at their mean across an odd number of parts.
void rotate(std::span<float> rows, int width);

/// The same of rows that lose their mean first.
void centre_and_rotate(std::span<float> rows, int width);

/// For a product that reads the rotated stream.
void rotate_reader(FoldedProduct& product);

/// For a product that writes to it.
void rotate_writer(FoldedProduct& product);

}  // namespace tessera::compute::npu
