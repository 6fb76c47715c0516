// Weights rearranged so that one scale is enough for what goes from layer to layer (QuaRot,
// Ashkboos et al. 2024, for pre-norm blocks without rotary positions): what is written to the
// residual stream loses its mean, which LayerNorm would take anyway, and is multiplied by an
// orthogonal matrix R; what reads the stream is multiplied by its inverse.
#pragma once

#include <span>

#include "src/compute/npu/engine/folded_layer.h"

namespace tessera::compute::npu {

/// x becomes R x of each row of `width` numbers: signs by chance, without which the sinusoids of
/// positions would meet their like in it; Hadamard's matrix on parts of a power of two; the
/// reflection at their mean across an odd number of parts.
void rotate(std::span<float> rows, int width);
/// And back.
void rotate_back(std::span<float> rows, int width);

/// The same of rows that lose their mean first.
void centre_and_rotate(std::span<float> rows, int width);

/// For a product that reads the rotated stream.
void rotate_reader(FoldedProduct& product);

/// For a product that writes to it.
void rotate_writer(FoldedProduct& product);

/// Queries and keys of each head times Hadamard's matrix, which leaves their products as they are:
/// no element is much larger than others. Of a FoldedLayer's `query` and `key`, both or none.
void rotate_heads(FoldedProduct& product);

}  // namespace tessera::compute::npu
