#include "src/compute/npu/engine/encoder_i8_hidden.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace tessera::compute::npu {
namespace {

/// Channels that reach the one are clamped at the other, from where on GELU is x.
constexpr float kMassive = 48, kClamp = 8;

std::ptrdiff_t offset(std::size_t i) { return static_cast<std::ptrdiff_t>(i); }

/// Range times the length of the weights that read it, of each channel.
std::vector<double> influences(const FoldedLayer& layer, const std::vector<Range>& hidden) {
  std::vector<double> squares(hidden.size());
  for (std::size_t i = 0; i < layer.down.weight.size(); ++i) {
    const auto weight = static_cast<double>(layer.down.weight[i]);
    squares[i % hidden.size()] += weight * weight;
  }
  std::vector<double> influences;
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    influences.push_back(static_cast<double>(hidden[i].size()) * std::sqrt(squares[i]));
  }
  return influences;
}

}  // namespace

void split_massive(FoldedLayer& layer, std::vector<Range>& hidden) {
  const auto k = static_cast<std::size_t>(layer.up.k), channels = hidden.size();
  std::vector<double> influence = influences(layer, hidden);
  std::vector<std::size_t> massive;
  for (std::size_t i = 0; i < channels; ++i) {
    if (hidden[i].most > kMassive) massive.push_back(i);
  }
  for (const std::size_t channel : massive) {
    const auto least = static_cast<std::size_t>(
        std::min_element(influence.begin(), influence.end()) - influence.begin());
    if (hidden[least].most > kMassive) return;  // there are none but such
    std::copy_n(layer.up.weight.begin() + offset(channel * k), k,
                layer.up.weight.begin() + offset(least * k));
    layer.up.bias[least] = layer.up.bias[channel] - kClamp;
    for (std::size_t row = 0; row < layer.down.bias.size(); ++row) {
      layer.down.weight[row * channels + least] = layer.down.weight[row * channels + channel];
    }
    hidden[least].most = hidden[channel].most - kClamp;
    hidden[channel].most = kClamp / kRangeMargin;
    influence[least] = influence[channel];
  }
}

void sort_hidden(FoldedLayer& layer, std::vector<FixedScale>& hidden) {
  std::vector<std::size_t> order(hidden.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return hidden[a].step < hidden[b].step; });
  const FoldedLayer before = layer;
  const std::vector<FixedScale> steps = hidden;
  const auto up_k = static_cast<std::size_t>(layer.up.k), down_k = order.size();
  for (std::size_t to = 0; to < order.size(); ++to) {
    const std::size_t from = order[to];
    hidden[to] = steps[from];
    layer.up.bias[to] = before.up.bias[from];
    std::copy_n(before.up.weight.begin() + static_cast<std::ptrdiff_t>(from * up_k), up_k,
                layer.up.weight.begin() + static_cast<std::ptrdiff_t>(to * up_k));
    for (std::size_t row = 0; row < layer.down.bias.size(); ++row) {
      layer.down.weight[row * down_k + to] = before.down.weight[row * down_k + from];
    }
  }
}

}  // namespace tessera::compute::npu
