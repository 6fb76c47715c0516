// Between which bounds the numbers of a model's encoder lie: what the fixed scales of int8 are made
// of. Nothing is known but the weights, so the model hears a sound that is made up.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "src/compute/npu/engine/folded_layer.h"
#include "src/compute/tensor.h"
#include "src/compute/weights.h"

namespace tessera::compute::npu {

/// The least and the largest of numbers.
struct Range {
  float least = 0, most = 0;

  float middle() const { return (least + most) / 2; }
  float half() const { return (most - least) / 2; }
  float size() const { return std::max(-least, most); }
};

/// Of each column of what one layer computes.
struct LayerRanges {
  std::vector<Range> query, key, value;  ///< as products of FoldedLayer
  std::vector<Range> hidden;             ///< after GELU
  float update = 0;  ///< the largest that is added to the residual stream, centred and rotated
};

/// fold_layer whose queries and keys are rotated within their heads: what ranges are of.
FoldedLayer fold_layer_i8(const EncoderLayerWeights& layer);

/// A log-mel window as the encoder takes it, (bands, frames) f32: phrases of syllables with
/// formants and pauses, noise, tones, silence. The same numbers everywhere.
Tensor calibration_mel(int bands, int frames);

/// What enters the first layer when the model hears a log-mel, (bands, frames) f32: every
/// `stride`-th position, (positions, d_model) f32.
Tensor embed(const ModelWeights& weights, const Tensor& mel, int stride);

/// Ranges of a layer of `heads` heads for the rows of x, (positions, d_model) f32, which becomes
/// the layer's output.
LayerRanges pass_layer(const FoldedLayer& layer, int heads, Tensor& x);

/// Of all layers, for every `stride`-th position of calibration_mel. Throws Error{bad_file} where
/// numbers are not finite.
std::vector<LayerRanges> measure_ranges(const ModelWeights& weights, int stride);

}  // namespace tessera::compute::npu
