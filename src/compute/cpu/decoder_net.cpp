#include "src/compute/cpu/decoder_net.h"

#include <algorithm>
#include <string>
#include <utility>

#include "src/compute/kernels/lane_abi.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

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
  Builder(std::shared_ptr<const ModelWeights> weights, bool rotates, PackedWeights& store)
      : weights_(std::move(weights)), rotates_(rotates), store_(store) {}

  RowNorm norm(const NormWeights& weights) const {
    if (rotates_) return {kernels::LaneNorm::rms, {}, {}};
    return {kernels::LaneNorm::layer, to_f32(weights.gamma), to_f32(weights.beta)};
  }

  RowLinear logits(Number number) const {
    const ModelDims& dims = weights_->dims;
    const RowLinear linear(store_, number, dims.n_vocab, dims.n_text_state, dims.n_text_state);
    // Some 3,000 rows each.
    constexpr int kPanels = 64;
    for (int first = 0; first < linear.panels(); first += kPanels) {
      store_.add_task([linear, first, weights = weights_, rotates = rotates_] {
        linear.pack(first, kPanels, [&](int row, int count) {
          Dense part = Dense::from(rows_of(weights->token_embedding, row, count), {});
          if (rotates) read(part, weights->decoder_norm);
          return part;
        });
      });
    }
    return linear;
  }

  DecoderLayer layer(std::size_t index, const DecoderLayerPlan& plan) const {
    const ModelDims& dims = weights_->dims;
    const int width = dims.n_text_state, hidden = dims.n_text_ffn;
    const DecoderLayerWeights& weights = weights_->decoder[index];
    return {norm(weights.self_norm),
            reader({store_, plan.self, 3 * width, width, width}, index, self_projections),
            writer({store_, plan.self, width, width, width}, weights.self_attention.out),
            norm(weights.cross_norm),
            reader({store_, plan.cross, width, width, width}, index, cross_query),
            writer({store_, plan.cross, width, width, width}, weights.cross_attention.out),
            norm(weights.ffn_norm),
            reader({store_, plan.ffn, hidden, width, width}, index, feed_forward),
            writer({store_, plan.ffn, width, hidden, kHiddenGroup}, weights.ffn_down)};
  }

 private:
  /// A layer that reads the stream, and the norm that it reads it behind.
  struct Reading {
    Dense layer;
    const NormWeights& norm;
  };

  static Reading self_projections(const DecoderLayerWeights& from) {
    Dense query = Dense::from(from.self_attention.query);
    scale(query, kQueryScale);
    return {stacked({std::move(query), Dense::from(from.self_attention.key),
                     Dense::from(from.self_attention.value)}),
            from.self_norm};
  }
  static Reading cross_query(const DecoderLayerWeights& from) {
    Dense query = Dense::from(from.cross_attention.query);
    scale(query, kQueryScale);
    return {std::move(query), from.cross_norm};
  }
  static Reading feed_forward(const DecoderLayerWeights& from) {
    return {Dense::from(from.ffn_up), from.ffn_norm};
  }

  RowLinear reader(const RowLinear& linear, std::size_t index,
                   Reading (*source)(const DecoderLayerWeights&)) const {
    store_.add_task([linear, index, source, weights = weights_, rotates = rotates_] {
      Reading reading = source(weights->decoder[index]);
      if (rotates) read(reading.layer, reading.norm);
      linear.pack(reading.layer);
    });
    return linear;
  }

  RowLinear writer(const RowLinear& linear, const LinearWeights& from) const {
    store_.add_task([linear, &from, weights = weights_, rotates = rotates_] {
      Dense layer = Dense::from(from);
      if (rotates) rotate_writer(layer);
      linear.pack(layer);
    });
    return linear;
  }

  static WeightView rows_of(const WeightView& table, int first, int count) {
    const auto width = static_cast<std::size_t>(table.shape[1]);
    return {table.dtype,
            {count, table.shape[1], 1},
            table.data + static_cast<std::size_t>(first) * width * element_bytes(table.dtype)};
  }

  static void read(Dense& layer, const NormWeights& norm) {
    fold_norm(norm, layer);
    rotate_reader(layer);
  }

  std::shared_ptr<const ModelWeights> weights_;
  bool rotates_;
  PackedWeights& store_;
};

}  // namespace

DecoderNet DecoderNet::from(std::shared_ptr<const ModelWeights> weights, const PrecisionPlan& plan,
                            PackedWeights& store) {
  const Builder build(weights, plan.rotates_decoder(), store);
  std::vector<DecoderLayer> layers;
  for (std::size_t i = 0; i < weights->decoder.size(); ++i) {
    layers.push_back(build.layer(i, plan.decoder[i]));
  }
  return {weights,
          plan,
          to_f32(weights->text_positions),
          std::move(layers),
          build.norm(weights->decoder_norm),
          build.logits(plan.logits)};
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
