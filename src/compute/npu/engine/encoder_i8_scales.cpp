#include "src/compute/npu/engine/encoder_i8_scales.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace tessera::compute::npu {
namespace {

constexpr std::size_t kHead = 64;  // elements
constexpr float kLargest = 127;
/// Least size of anything, so that nothing is divided by zero.
constexpr float kLeast = 1e-6f;
/// Octaves of a unit of q k. With less, the lowest score of 16 bits, which a missing key has, would
/// not be far below the others: see OctaveScale. With more, steps would not fit 16 bits.
constexpr float kLeastUnit = 1.0f / 512 / kernels::kStepsPerOctave;
constexpr float kMostUnit = 0.25f / kernels::kStepsPerOctave;
/// GELU is at least this.
constexpr float kLeastGelu = -0.17f;

float size_of(float size) { return std::max(size * kRangeMargin, kLeast); }

void add_scores(const LayerRanges& ranges, std::size_t first, LayerScales& scales) {
  const auto query_size = [&](std::size_t i) { return size_of(ranges.query[i].size()); };
  const auto key_size = [&](std::size_t i) { return size_of(ranges.key[i].half()); };
  float most = 0;
  for (std::size_t i = first; i < first + kHead; ++i) {
    most = std::max(most, query_size(i) * key_size(i));
  }
  const float unit = std::clamp(most / (kLargest * kLargest), kLeastUnit, kMostUnit);
  for (std::size_t i = first; i < first + kHead; ++i) {
    const float step = std::sqrt(unit * query_size(i) / key_size(i));
    scales.query.push_back({step, 0, 0});
    scales.key.push_back({unit / step, ranges.key[i].middle(), 0});
  }
  scales.heads.push_back({kernels::octave_scale(unit * static_cast<float>(std::numbers::ln2))});
}

/// What attention makes of values lies among them: it has their scale.
FixedScale value_scale(const Range& range) {
  return {size_of(range.half()) / kLargest, range.middle(), 0};
}

/// All 255 integers for what GELU gives.
FixedScale hidden_scale(const Range& range) {
  const float most = size_of(range.most);
  FixedScale scale;
  scale.step = (most - kLeastGelu) / (2 * kLargest);
  scale.zero = static_cast<int>(std::lrint(-kLargest - kLeastGelu / scale.step));
  return scale;
}

}  // namespace

LayerScales choose_scales(const LayerRanges& ranges, int heads) {
  LayerScales scales;
  for (int head = 0; head < heads; ++head) {
    const auto first = static_cast<std::size_t>(head) * kHead;
    add_scores(ranges, first, scales);
  }
  for (const Range& range : ranges.value) scales.value.push_back(value_scale(range));
  for (const Range& range : ranges.hidden) scales.hidden.push_back(hidden_scale(range));
  return scales;
}

}  // namespace tessera::compute::npu
