#include "src/compute/reference/encoder.h"

#include <cmath>
#include <string>

#include "tessera/error.h"

namespace tessera::compute::reference {
namespace {

struct EncoderLayer {
  Norm norm;
  Linear query, key, value, out;
  FeedForward ffn;
};

struct CrossProjection {
  Linear key, value;
};

class ReferenceEncoder : public EncoderEngine {
 public:
  ReferenceEncoder(const ModelWeights& weights, base::ThreadPool& pool);

  std::vector<std::shared_ptr<const EncodedWindow>> encode(std::span<const TensorView> mels,
                                                           const std::stop_token& stop) override;

 private:
  Tensor stem(const TensorView& mel) const;
  void self_attention(const EncoderLayer& layer, Tensor& x) const;
  std::vector<PackedHeads> cross_attention_heads(const Tensor& states,
                                                 const std::stop_token& stop) const;

  ModelDims dims_;
  base::ThreadPool& pool_;
  Linear conv1_, conv2_;          // (out, in x 3)
  std::vector<float> positions_;  // (n_audio_ctx, n_audio_state)
  std::vector<EncoderLayer> layers_;
  Norm norm_;
  std::vector<CrossProjection> cross_;
};

ReferenceEncoder::ReferenceEncoder(const ModelWeights& weights, base::ThreadPool& pool)
    : dims_(weights.dims),
      pool_(pool),
      conv1_{PackedMatrix::from_weight(weights.conv1.weight), to_f32(weights.conv1.bias)},
      conv2_{PackedMatrix::from_weight(weights.conv2.weight), to_f32(weights.conv2.bias)},
      positions_(to_f32(weights.audio_positions)),
      norm_(Norm::from(weights.encoder_norm)) {
  for (const EncoderLayerWeights& layer : weights.encoder) {
    layers_.push_back(
        {Norm::from(layer.attention_norm),
         Linear::from(layer.attention.query),
         Linear::from(layer.attention.key),
         Linear::from(layer.attention.value),
         Linear::from(layer.attention.out),
         {Norm::from(layer.ffn_norm), Linear::from(layer.ffn_up), Linear::from(layer.ffn_down)}});
  }
  for (const DecoderLayerWeights& layer : weights.decoder) {
    cross_.push_back(
        {Linear::from(layer.cross_attention.key), Linear::from(layer.cross_attention.value)});
  }
}

// Rows of what a convolution with three taps and padding 1 sees: row t holds, for each channel,
// x[stride t - 1], x[stride t], x[stride t + 1]. `at(channel, time)` is only asked inside the
// input.
template <class Input>
Tensor conv_rows(int channels, int length, int stride, Input at) {
  const int rows = length / stride;
  Tensor columns(DType::f32, rows, channels * 3);  // (rows, channels x 3)
  for (int row = 0; row < rows; ++row) {
    const auto out = columns.row<float>(row);
    for (int tap = 0; tap < 3; ++tap) {
      const int time = row * stride + tap - 1;
      if (time < 0 || time >= length) continue;
      for (int channel = 0; channel < channels; ++channel) {
        out[static_cast<std::size_t>(channel * 3 + tap)] = at(channel, time);
      }
    }
  }
  return columns;
}

Tensor ReferenceEncoder::stem(const TensorView& mel) const {
  const Tensor frames = conv_rows(mel.rows, mel.cols, 1, [&](int channel, int time) {
    return mel.row<float>(channel)[static_cast<std::size_t>(time)];
  });
  Tensor first(DType::f32, frames.rows(), dims_.n_audio_state);  // (frames, width)
  apply(conv1_, frames, first, pool_);
  gelu(first, pool_);
  const Tensor pairs = conv_rows(dims_.n_audio_state, first.rows(), 2, [&](int channel, int time) {
    return first.row<float>(time)[static_cast<std::size_t>(channel)];
  });
  Tensor x(DType::f32, dims_.n_audio_ctx, dims_.n_audio_state);  // (positions, width)
  apply(conv2_, pairs, x, pool_);
  gelu(x, pool_);
  const auto values = x.values<float>();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += positions_[i];
  return x;
}

void ReferenceEncoder::self_attention(const EncoderLayer& layer, Tensor& x) const {
  Tensor normed(DType::f32, x.rows(), x.cols());
  apply(layer.norm, x, normed, pool_);
  Tensor queries(DType::f32, x.rows(), x.cols());
  Tensor keys(DType::f32, x.rows(), x.cols());
  Tensor values(DType::f32, x.rows(), x.cols());
  apply(layer.query, normed, queries, pool_);
  apply(layer.key, normed, keys, pool_);
  apply(layer.value, normed, values, pool_);
  Tensor mixed(DType::f32, x.rows(), x.cols());
  attend(PackedHeads::pack(keys, values, dims_.n_audio_heads, pool_), queries, mixed, pool_);
  apply(layer.out, mixed, normed, pool_);
  add(x, normed);
}

std::vector<PackedHeads> ReferenceEncoder::cross_attention_heads(
    const Tensor& states, const std::stop_token& stop) const {
  std::vector<PackedHeads> cross;
  Tensor keys(DType::f32, states.rows(), dims_.n_text_state);
  Tensor values(DType::f32, states.rows(), dims_.n_text_state);
  for (const CrossProjection& layer : cross_) {
    check_cancelled(stop);
    apply(layer.key, states, keys, pool_);
    apply(layer.value, states, values, pool_);
    cross.push_back(PackedHeads::pack(keys, values, dims_.n_text_heads, pool_));
  }
  return cross;
}

std::vector<std::shared_ptr<const EncodedWindow>> ReferenceEncoder::encode(
    std::span<const TensorView> mels, const std::stop_token& stop) {
  std::vector<std::shared_ptr<const EncodedWindow>> windows;
  for (const TensorView& mel : mels) {
    if (mel.rows != dims_.n_mels || mel.cols != 2 * dims_.n_audio_ctx) {
      throw Error(ErrorCode::bad_argument,
                  "encode: expected a log-mel of (" + std::to_string(dims_.n_mels) + ", " +
                      std::to_string(2 * dims_.n_audio_ctx) + "), got (" +
                      std::to_string(mel.rows) + ", " + std::to_string(mel.cols) + ")");
    }
    Tensor x = stem(mel);
    for (const EncoderLayer& layer : layers_) {
      check_cancelled(stop);
      self_attention(layer, x);
      feed_forward(layer.ffn, x, pool_);
    }
    Tensor states(DType::f32, x.rows(), x.cols());
    apply(norm_, x, states, pool_);
    std::vector<PackedHeads> cross = cross_attention_heads(states, stop);
    windows.push_back(std::make_shared<ReferenceWindow>(std::move(states), std::move(cross)));
  }
  return windows;
}

}  // namespace

std::unique_ptr<EncoderEngine> make_encoder(std::shared_ptr<const ModelWeights> weights,
                                            base::ThreadPool& pool) {
  return std::make_unique<ReferenceEncoder>(*weights, pool);
}

}  // namespace tessera::compute::reference
