// Weights rearranged so that int8 loses less, offline (QuaRot, Ashkboos et al. 2024, for pre-norm
// blocks without rotary positions):
//
// - The gain and offset of a norm are taken into the linear layers that read it, so that the norm
//   itself only centres and scales.
// - Every writer to the residual stream is centred over its output channels, which the norms would
//   do anyway: they then only scale.
// - Every writer is multiplied by an orthogonal matrix R and every reader by its inverse, so that
//   no channel of the stream stands out. R is that of kernels::LaneRotateParams.
// - So are queries and keys, values and their reader, head by head.
#pragma once

#include <numbers>
#include <vector>

#include "src/compute/kernels/lane_abi.h"
#include "src/compute/weights.h"

namespace tessera::compute::cpu {

/// What the layers of queries are scaled by. Scores are exponents of 2: softmax of q k / sqrt(64)
/// (Vaswani et al. 2017) with the base changed.
inline constexpr float kQueryScale = static_cast<float>(std::numbers::log2e / 8);
static_assert(kernels::kHeadWidth == 8 * 8);

/// Channels of a feed-forward layer's hidden activations that share a scale per token: few enough
/// that one large number does not spoil the rest, and as many as the widest input that stays in the
/// first-level cache beside the weights.
inline constexpr int kHiddenGroup = 512;

/// A linear layer in float32 while it is being prepared: out = weight x + bias.
struct Dense {
  int n = 0, k = 0;
  std::vector<float> weight;  // (n, k)
  std::vector<float> bias;    // (n), zeros where the model has none

  /// A matrix, or a convolution as (n, taps x channels) with the channels of a tap together.
  static Dense from(const WeightView& weight, const WeightView& bias);
  static Dense from(const LinearWeights& weights) { return from(weights.weight, weights.bias); }
};

/// Takes the norm's gain and offset into a layer that reads it.
void fold_norm(const NormWeights& norm, Dense& reader);

/// x becomes R x of each row (rows, k).
void rotate_rows(float* data, int rows, int k);
/// For a layer that reads the rotated stream: weight becomes weight R^T.
void rotate_reader(Dense& reader);
/// For a layer that writes to it: weight and bias become R (I - 1 1^T / n) of themselves.
void rotate_writer(Dense& writer);
/// The same for a table of rows that are added to the stream (positions, token embeddings).
void rotate_table(std::vector<float>& table, int width);

/// For a layer that gives queries, keys or values, (heads x 64, k): the outputs of every head
/// become R of themselves. Scores do not change when those of queries and keys do.
void rotate_heads(Dense& layer);
/// For the layer that reads what attention made of such values: (n, heads x 64).
void rotate_reader_of_heads(Dense& reader);

/// weight and bias times `factor`.
void scale(Dense& layer, float factor);

}  // namespace tessera::compute::cpu
