// A layer's products in float32 while they are prepared for the array.
#pragma once

#include <vector>

#include "src/compute/weights.h"

namespace tessera::compute::npu {

/// out = weight x + bias.
struct FoldedProduct {
  int n = 0, k = 0;
  std::vector<float> weight;  ///< (n, k)
  std::vector<float> bias;    ///< (n), zeros where the model has none
};

/// The gamma and beta of each LayerNorm are in the product that reads it; queries have the factor
/// log2(e) / sqrt(64), so that softmax is in powers of two.
struct FoldedLayer {
  FoldedProduct query, key, value, out, up, down;
};

FoldedLayer fold_layer(const EncoderLayerWeights& layer);

}  // namespace tessera::compute::npu
