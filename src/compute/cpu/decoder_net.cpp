#include "src/compute/cpu/decoder_net.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "src/compute/kernels/lane_abi.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

using kernels::kHeadWidth;

// Inputs of the feed-forward layer's second half that share a scale: few enough that one large
// number does not spoil the rest.
constexpr int kHiddenGroup = 512;

// Scores come out in base 2: q k / sqrt(64) log2(e).
const float kQueryScale =
    static_cast<float>(std::numbers::log2e / std::sqrt(static_cast<double>(kHeadWidth)));

void check_sizes(const ModelDims& dims) {
  const int head = dims.n_text_state / dims.n_text_heads;
  if (head != kHeadWidth || dims.n_text_state % dims.n_text_heads != 0) {
    throw Error(ErrorCode::unsupported,
                "device cpu: expected heads of 64 channels, got " + std::to_string(head));
  }
  if (dims.n_text_ffn % kHeadWidth != 0) {
    throw Error(ErrorCode::unsupported,
                "device cpu: expected a feed-forward width that is a multiple of 64, got " +
                    std::to_string(dims.n_text_ffn));
  }
}

Dense stacked(const std::vector<Dense>& layers) {
  Dense all;
  all.k = layers.front().k;
  for (const Dense& layer : layers) {
    all.n += layer.n;
    all.weight.insert(all.weight.end(), layer.weight.begin(), layer.weight.end());
    all.bias.insert(all.bias.end(), layer.bias.begin(), layer.bias.end());
  }
  return all;
}

// Builds the parts of a decoder, with its stream rotated or as it is.
class Builder {
 public:
  Builder(bool rotates, base::ThreadPool& pool) : rotates_(rotates), pool_(pool) {}

  RowNorm norm(const NormWeights& weights) const {
    if (rotates_) return {kernels::LaneNorm::rms, {}, {}};
    return {kernels::LaneNorm::layer, to_f32(weights.gamma), to_f32(weights.beta)};
  }

  RowLinear reader(Number number, Dense layer, const NormWeights& weights) const {
    read(layer, weights);
    return {number, layer, layer.k, pool_};
  }

  RowLinear writer(Number number, const LinearWeights& weights, int group) const {
    Dense layer = Dense::from(weights);
    if (rotates_) rotate_writer(layer);
    return {number, layer, group, pool_};
  }

  RowLinear logits(Number number, const ModelWeights& weights) const {
    const ModelDims& dims = weights.dims;
    const WeightView& table = weights.token_embedding;
    const std::size_t row_bytes =
        static_cast<std::size_t>(dims.n_text_state) * element_bytes(table.dtype);
    const auto rows = [&](int first, int count) {
      Dense part = Dense::from({table.dtype,
                                {count, dims.n_text_state, 1},
                                table.data + static_cast<std::size_t>(first) * row_bytes},
                               {});
      read(part, weights.decoder_norm);
      return part;
    };
    return {number, dims.n_vocab, dims.n_text_state, dims.n_text_state, rows, pool_};
  }

  DecoderLayer layer(const DecoderLayerWeights& weights, const DecoderLayerPlan& plan) const {
    Dense query = Dense::from(weights.self_attention.query);
    scale(query, kQueryScale);
    Dense cross_query = Dense::from(weights.cross_attention.query);
    scale(cross_query, kQueryScale);
    const int width = query.n;
    return {norm(weights.self_norm),
            reader(plan.self,
                   stacked({std::move(query), Dense::from(weights.self_attention.key),
                            Dense::from(weights.self_attention.value)}),
                   weights.self_norm),
            writer(plan.self, weights.self_attention.out, width),
            norm(weights.cross_norm),
            reader(plan.cross, std::move(cross_query), weights.cross_norm),
            writer(plan.cross, weights.cross_attention.out, width),
            norm(weights.ffn_norm),
            reader(plan.ffn, Dense::from(weights.ffn_up), weights.ffn_norm),
            writer(plan.ffn, weights.ffn_down, kHiddenGroup)};
  }

 private:
  void read(Dense& layer, const NormWeights& weights) const {
    if (!rotates_) return;
    fold_norm(weights, layer);
    rotate_reader(layer);
  }

  bool rotates_;
  base::ThreadPool& pool_;
};

}  // namespace

DecoderNet DecoderNet::from(std::shared_ptr<const ModelWeights> weights, const PrecisionPlan& plan,
                            base::ThreadPool& pool) {
  check_sizes(weights->dims);
  const Builder build(plan.rotates_decoder(), pool);
  std::vector<DecoderLayer> layers;
  for (std::size_t i = 0; i < weights->decoder.size(); ++i) {
    layers.push_back(build.layer(weights->decoder[i], plan.decoder[i]));
  }
  return {weights,
          plan,
          to_f32(weights->text_positions),
          std::move(layers),
          build.norm(weights->decoder_norm),
          build.logits(plan.logits, *weights)};
}

void DecoderNet::embed(int token, int position, float* out) const {
  const int width = dims().n_text_state;
  const auto n = static_cast<std::size_t>(width);
  const WeightView& table = weights->token_embedding;
  const std::size_t row_bytes = n * element_bytes(table.dtype);
  to_f32({table.dtype, {width, 1, 1}, table.data + static_cast<std::size_t>(token) * row_bytes},
         {out, n});
  const float* offset = positions.data() + static_cast<std::size_t>(position) * n;
  for (std::size_t i = 0; i < n; ++i) out[i] += offset[i];
  if (!plan.rotates_decoder()) return;
  double mean = 0;
  for (std::size_t i = 0; i < n; ++i) mean += static_cast<double>(out[i]) / width;
  for (std::size_t i = 0; i < n; ++i) out[i] -= static_cast<float>(mean);
  rotate_rows(out, 1, width);
}

}  // namespace tessera::compute::cpu
