// The decoder's weights as the reference device computes with them.
#pragma once

#include <memory>
#include <vector>

#include "src/compute/reference/layers.h"
#include "src/compute/reference/linear.h"
#include "src/compute/weights.h"

namespace tessera::compute::reference {

struct DecoderLayer {
  Norm self_norm;
  Linear self_query, self_key, self_value, self_out;
  Norm cross_norm;
  Linear cross_query, cross_out;
  FeedForward ffn;
};

struct DecoderNet {
  std::shared_ptr<const ModelWeights> weights;  // keeps the token embedding mapped
  std::vector<float> positions;                 // (n_text_ctx, width)
  std::vector<DecoderLayer> layers;
  Norm norm;
  PackedMatrix output;  // (n_vocab, width), the token embedding again

  /// Unpacks the weights to float32.
  static DecoderNet from(std::shared_ptr<const ModelWeights> weights);
};

}  // namespace tessera::compute::reference
