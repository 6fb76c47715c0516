#include "src/compute/reference/decoder_net.h"

#include <utility>

namespace tessera::compute::reference {

DecoderNet DecoderNet::from(std::shared_ptr<const ModelWeights> weights) {
  DecoderNet net;
  net.positions = to_f32(weights->text_positions);
  net.norm = Norm::from(weights->decoder_norm);
  net.output = PackedMatrix::from_weight(weights->token_embedding);
  for (const DecoderLayerWeights& layer : weights->decoder) {
    net.layers.push_back(
        {Norm::from(layer.self_norm),
         Linear::from(layer.self_attention.query),
         Linear::from(layer.self_attention.key),
         Linear::from(layer.self_attention.value),
         Linear::from(layer.self_attention.out),
         Norm::from(layer.cross_norm),
         Linear::from(layer.cross_attention.query),
         Linear::from(layer.cross_attention.out),
         {Norm::from(layer.ffn_norm), Linear::from(layer.ffn_up), Linear::from(layer.ffn_down)}});
  }
  net.weights = std::move(weights);
  return net;
}

}  // namespace tessera::compute::reference
