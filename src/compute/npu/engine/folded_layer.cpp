#include "src/compute/npu/engine/folded_layer.h"

#include <cstddef>
#include <numbers>

namespace tessera::compute::npu {
namespace {

/// Softmax of q k / sqrt(64) (Vaswani et al. 2017) with the base changed to 2.
constexpr float kQueryScale = static_cast<float>(std::numbers::log2e / 8);

FoldedProduct product_of(const LinearWeights& weights) {
  FoldedProduct product;
  product.n = static_cast<int>(weights.weight.shape[0]);
  product.k = static_cast<int>(weights.weight.shape[1]);
  product.weight = to_f32(weights.weight);
  product.bias = weights.bias.present() ? to_f32(weights.bias)
                                        : std::vector<float>(static_cast<std::size_t>(product.n));
  return product;
}

/// The product of gamma x + beta as one of x.
FoldedProduct reader_of(const LinearWeights& weights, const NormWeights& norm) {
  FoldedProduct product = product_of(weights);
  const std::vector<float> gamma = to_f32(norm.gamma), beta = to_f32(norm.beta);
  const auto k = static_cast<std::size_t>(product.k);
  for (std::size_t row = 0; row < product.bias.size(); ++row) {
    float* const weight = product.weight.data() + row * k;
    double offset = static_cast<double>(product.bias[row]);
    for (std::size_t i = 0; i < k; ++i) {
      offset += static_cast<double>(weight[i]) * static_cast<double>(beta[i]);
      weight[i] *= gamma[i];
    }
    product.bias[row] = static_cast<float>(offset);
  }
  return product;
}

}  // namespace

FoldedLayer fold_layer(const EncoderLayerWeights& layer) {
  FoldedLayer folded;
  folded.query = reader_of(layer.attention.query, layer.attention_norm);
  folded.key = reader_of(layer.attention.key, layer.attention_norm);
  folded.value = reader_of(layer.attention.value, layer.attention_norm);
  folded.out = product_of(layer.attention.out);
  folded.up = reader_of(layer.ffn_up, layer.ffn_norm);
  folded.down = product_of(layer.ffn_down);
  for (float& value : folded.query.weight) value *= kQueryScale;
  for (float& value : folded.query.bias) value *= kQueryScale;
  return folded;
}

}  // namespace tessera::compute::npu
