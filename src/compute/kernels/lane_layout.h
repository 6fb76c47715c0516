// How the variants of the lane_* kernels want what is packed for them beforehand.
#pragma once

#include "src/compute/kernels/registry.h"

namespace tessera::compute::kernels {

/// A weight of (channels, depth) is (channels / panel, depth / group, panel, group), filled up with
/// zeros in depth.
struct LaneWeightLayout {
  int panel = 8;
  int group = 4;

  bool operator==(const LaneWeightLayout&) const = default;
  /// Where number (channel, at) goes.
  std::size_t index(int channel, int at, int depth) const {
    const auto panel_size = static_cast<std::size_t>(panel * padded(depth));
    const int in_panel = (at / group * panel + channel % panel) * group + at % group;
    return static_cast<std::size_t>(channel / panel) * panel_size +
           static_cast<std::size_t>(in_panel);
  }
  int padded(int depth) const { return (depth + group - 1) / group * group; }
};

/// Of a variant of lane_linear_i8, lane_linear_bf16 or lane_linear_f32.
LaneWeightLayout lane_weight_layout(const Kernel& kernel);

/// Whether a variant of lane_attention_i8 or lane_attention_bf16 wants keys and values in rows, see
/// LanePrepareParams and LanePackValuesParams.
bool takes_rows(const Kernel& kernel);

}  // namespace tessera::compute::kernels
