#include "src/compute/npu/engine/encoder_i8_ranges.h"

#include <cmath>
#include <numbers>
#include <span>
#include <string>

#include "src/compute/kernels/registry.h"
#include "src/compute/npu/engine/encoder_i8_rotation.h"
#include "tessera/error.h"
#include "tessera/ops.h"

namespace tessera::compute::npu {
namespace {

ops::Matrix<const float> matrix(const Tensor& x) {
  return {x.values<float>().data(), x.rows(), x.cols(), x.cols()};
}
ops::Matrix<float> matrix(Tensor& x) {
  return {x.values<float>().data(), x.rows(), x.cols(), x.cols()};
}

Tensor apply(const FoldedProduct& product, const Tensor& x) {
  Tensor out(DType::f32, x.rows(), product.n);
  ops::linear(matrix(x), {product.weight.data(), product.n, product.k, product.k},
              product.bias.data(), matrix(out));
  return out;
}

void gelu(Tensor& x) {
  kernels::GeluParams params;
  params.in = params.out = x.values<float>().data();
  params.count = static_cast<std::ptrdiff_t>(x.values<float>().size());
  kernels::select(kernels::GeluParams::kOp, kernels::IsaTier::from_environment()).run(params);
}

/// LayerNorm without gamma and beta, which are in the products.
Tensor normalised(const Tensor& x) {
  const std::vector<float> ones(static_cast<std::size_t>(x.cols()), 1.0f), zeros(ones.size());
  Tensor out(DType::f32, x.rows(), x.cols());
  kernels::LayerNormParams params;
  params.in = x.values<float>().data();
  params.in_stride = params.out_stride = params.columns = x.cols();
  params.gamma = ones.data();
  params.beta = zeros.data();
  params.out = out.values<float>().data();
  params.rows = x.rows();
  kernels::select(kernels::LayerNormParams::kOp, kernels::IsaTier::from_environment()).run(params);
  return out;
}

std::vector<Range> ranges_of(const Tensor& x) {
  const auto first = x.row<float>(0);
  std::vector<Range> ranges;
  for (const float value : first) ranges.push_back({value, value});
  for (int row = 1; row < x.rows(); ++row) {
    const auto values = x.row<float>(row);
    for (std::size_t i = 0; i < values.size(); ++i) {
      ranges[i].least = std::min(ranges[i].least, values[i]);
      ranges[i].most = std::max(ranges[i].most, values[i]);
    }
  }
  return ranges;
}

/// Lengths of the weights of each output.
std::vector<float> lengths_of(const FoldedProduct& product) {
  std::vector<float> lengths;
  const float* weight = product.weight.data();
  for (int i = 0; i < product.n; ++i) {
    double squares = 0;
    for (int k = 0; k < product.k; ++k, ++weight) {
      squares += static_cast<double>(*weight) * static_cast<double>(*weight);
    }
    lengths.push_back(static_cast<float>(std::sqrt(squares)));
  }
  return lengths;
}

// Channels are silent for one sound that another one wakes, and a clamped one costs more than a
// coarse one. What a LayerNorm gives has variance 1, so the length of a channel's weights says how
// far it may reach: of trained models' channels half reach 2 to 3 lengths, one in ten 3 to 4; of
// hidden ones 2 to 4 and 4 to 6, a few 11. With 7 whisper-tiny loses least.
constexpr float kLengths = 2.5f, kHiddenLengths = 7;

/// Ranges reach so far from their middle.
std::vector<Range> widened(std::vector<Range> ranges, const FoldedProduct& product) {
  const std::vector<float> lengths = lengths_of(product);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const float middle = ranges[i].middle();
    ranges[i].least = std::min(ranges[i].least, middle - kLengths * lengths[i]);
    ranges[i].most = std::max(ranges[i].most, middle + kLengths * lengths[i]);
  }
  return ranges;
}

/// Hidden channels reach so far past their bias.
std::vector<Range> widened_hidden(std::vector<Range> ranges, const FoldedProduct& up) {
  const std::vector<float> lengths = lengths_of(up);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    ranges[i].most = std::max(ranges[i].most, up.bias[i] + kHiddenLengths * lengths[i]);
  }
  return ranges;
}

/// x += update; returns how large that is in the rotated stream.
float add(Tensor& x, Tensor update) {
  const auto values = x.values<float>(), added = update.values<float>();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += added[i];
  centre_and_rotate(added, update.cols());
  float largest = 0;
  for (const float value : added) largest = std::max(largest, std::abs(value));
  return largest;
}

/// Attention in powers of two, head after head.
Tensor attend(const Tensor& query, const Tensor& key, const Tensor& value, int heads) {
  Tensor out(DType::f32, query.rows(), query.cols());
  const int head = query.cols() / heads;
  ops::AttentionOptions options;
  options.scale = static_cast<float>(std::numbers::ln2);
  for (int first = 0; first < query.cols(); first += head) {
    const auto part = [&](const Tensor& x) {
      return ops::Matrix<const float>{x.values<float>().data() + first, x.rows(), head, x.cols()};
    };
    ops::attention(part(query), part(key), part(value),
                   {out.values<float>().data() + first, out.rows(), head, out.cols()}, options);
  }
  return out;
}

/// A convolution of three taps, padded by zeros, of x (times, channels), and GELU.
Tensor convolve(const ConvWeights& conv, const Tensor& x, int stride) {
  const auto channels = static_cast<std::size_t>(x.cols());
  FoldedProduct product;
  product.n = static_cast<int>(conv.weight.shape[0]);
  product.k = 3 * x.cols();
  product.weight = to_f32(conv.weight);  // (n, channels, 3)
  product.bias = to_f32(conv.bias);
  Tensor rows(DType::f32, x.rows() / stride, product.k);
  for (int row = 0; row < rows.rows(); ++row) {
    const auto out = rows.row<float>(row);
    for (int tap = 0; tap < 3; ++tap) {
      const int time = row * stride + tap - 1;
      if (time < 0 || time >= x.rows()) continue;
      const auto in = x.row<float>(time);
      for (std::size_t c = 0; c < channels; ++c) out[3 * c + static_cast<std::size_t>(tap)] = in[c];
    }
  }
  Tensor out = apply(product, rows);
  gelu(out);
  return out;
}

}  // namespace

FoldedLayer fold_layer_i8(const EncoderLayerWeights& layer) {
  FoldedLayer folded = fold_layer(layer);
  rotate_heads(folded.query);
  rotate_heads(folded.key);
  return folded;
}

Tensor embed(const ModelWeights& weights, const Tensor& mel, int stride) {
  Tensor frames(DType::f32, mel.cols(), mel.rows());
  for (int band = 0; band < mel.rows(); ++band) {
    const auto values = mel.row<float>(band);
    for (int t = 0; t < mel.cols(); ++t) {
      frames.row<float>(t)[static_cast<std::size_t>(band)] = values[static_cast<std::size_t>(t)];
    }
  }
  const Tensor all = convolve(weights.conv2, convolve(weights.conv1, frames, 1), 2);
  const std::vector<float> positions = to_f32(weights.audio_positions);
  Tensor x(DType::f32, (all.rows() + stride - 1) / stride, all.cols());
  for (int row = 0; row < x.rows(); ++row) {
    const auto from = all.row<float>(row * stride);
    const auto to = x.row<float>(row);
    const float* const position = positions.data() + static_cast<std::size_t>(row) *
                                                         static_cast<std::size_t>(stride) *
                                                         to.size();
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = from[i] + position[i];
  }
  return x;
}

LayerRanges pass_layer(const FoldedLayer& layer, int heads, Tensor& x) {
  LayerRanges ranges;
  {
    const Tensor normed = normalised(x);
    const Tensor query = apply(layer.query, normed), key = apply(layer.key, normed),
                 value = apply(layer.value, normed);
    const Tensor attended = attend(query, key, value, heads);
    ranges.query = widened(ranges_of(query), layer.query);
    ranges.key = widened(ranges_of(key), layer.key);
    ranges.value = widened(ranges_of(value), layer.value);
    ranges.update = add(x, apply(layer.out, attended));
  }
  Tensor hidden = apply(layer.up, normalised(x));
  gelu(hidden);
  ranges.hidden = widened_hidden(ranges_of(hidden), layer.up);
  ranges.update = std::max(ranges.update, add(x, apply(layer.down, hidden)));
  return ranges;
}

std::vector<LayerRanges> measure_ranges(const ModelWeights& weights, int stride) {
  std::vector<LayerRanges> all;
  const ModelDims& dims = weights.dims;
  Tensor x = embed(weights, calibration_mel(dims.n_mels, 2 * dims.n_audio_ctx), stride);
  for (const EncoderLayerWeights& layer : weights.encoder) {
    all.push_back(pass_layer(fold_layer_i8(layer), dims.n_audio_heads, x));
    for (const float value : x.values<float>()) {
      if (std::isfinite(value)) continue;
      throw Error(ErrorCode::bad_file, "npu int8: expected finite numbers in the encoder, layer " +
                                           std::to_string(all.size() - 1) + " gives others");
    }
  }
  return all;
}

}  // namespace tessera::compute::npu
