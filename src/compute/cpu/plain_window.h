// Windows without an encoder of this device, for tests and benchmarks of the decoder: keys and
// values from anywhere, packed with plain loops in any numbers.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "src/base/aligned_buffer.h"
#include "src/compute/cpu/window.h"
#include "src/compute/dtype.h"

namespace tessera::compute::cpu {

/// x W^T + b of every position: (positions, width).
inline std::vector<float> project_states(const TensorView& states, const LinearWeights& weights) {
  const std::vector<float> matrix = to_f32(weights.weight);
  const std::vector<float> bias =
      weights.bias.present() ? to_f32(weights.bias) : std::vector<float>();
  const auto width = static_cast<std::size_t>(states.cols);
  std::vector<float> out;
  for (int t = 0; t < states.rows; ++t) {
    const auto x = states.row<float>(t);
    for (std::size_t n = 0; n < width; ++n) {
      double sum = bias.empty() ? 0.0 : static_cast<double>(bias[n]);
      for (std::size_t i = 0; i < width; ++i) {
        sum += static_cast<double>(matrix[n * width + i]) * static_cast<double>(x[i]);
      }
      out.push_back(static_cast<float>(sum));
    }
  }
  return out;
}

/// Rows of one head in one block: value(position of the block, channel), 0 beyond the last.
template <class Value>
void store_head_block(Number number, bool keys, const Value& value, float scale_of_values,
                      float* key_scales, std::byte* out) {
  using kernels::kBlockTokens;
  using kernels::kHeadWidth;
  const int group = number == Number::i8 ? 4 : number == Number::bf16 ? 2 : 1;
  for (int t = 0; t < kBlockTokens; ++t) {
    float largest = 1e-20f;
    for (int c = 0; c < kHeadWidth; ++c) largest = std::max(largest, std::abs(value(t, c)));
    const float scale = keys ? largest / 127 : scale_of_values;
    if (keys && key_scales != nullptr) key_scales[t] = scale;
    for (int c = 0; c < kHeadWidth; ++c) {
      const int at = keys ? (c / group * kBlockTokens + t) * group + c % group
                          : (t / group * kHeadWidth + c) * group + t % group;
      const float x = value(t, c);
      if (number == Number::i8) {
        out[at] = static_cast<std::byte>(std::lrint(x / scale) + (keys ? 128 : 0));
      } else if (number == Number::bf16) {
        reinterpret_cast<std::uint16_t*>(out)[at] = f32_to_bf16(x);
      } else {
        reinterpret_cast<float*>(out)[at] = x;
      }
    }
  }
}

/// Packs one layer's keys and values, (positions, heads x 64) each.
inline void fill_cross(CrossHeads& cross, const std::vector<float>& keys,
                       const std::vector<float>& values) {
  using kernels::kBlockTokens;
  using kernels::kHeadWidth;
  const Number number = cross.number();
  const int heads = cross.heads(), positions = cross.keys();
  const bool bytes = number == Number::i8;
  for (int head = 0; head < heads; ++head) {
    for (int block = 0; block < cross.blocks(); ++block) {
      const auto reader = [&](const std::vector<float>& from) {
        return [&from, head, block, heads, positions](int t, int c) {
          const int position = block * kBlockTokens + t;
          if (position >= positions) return 0.0f;
          return from[static_cast<std::size_t>((position * heads + head) * kHeadWidth + c)];
        };
      };
      const auto value = reader(values);
      float largest = 1e-20f;
      for (int t = 0; t < kBlockTokens; ++t) {
        for (int c = 0; c < kHeadWidth; ++c) largest = std::max(largest, std::abs(value(t, c)));
      }
      if (bytes) {
        cross.value_scales(head)[block] = largest / 127;
        cross.value_logs(head)[block] = std::log2(largest / 127);
      }
      store_head_block(number, true, reader(keys), 0,
                       bytes ? cross.key_scales(head) + block * kBlockTokens : nullptr,
                       cross.key_block(head, block));
      store_head_block(number, false, value, largest / 127, nullptr,
                       cross.value_block(head, block));
    }
  }
}

/// The window of `states`, (n_audio_ctx, width), as a cpu encoder with this plan would give it.
inline std::shared_ptr<const CpuWindow> window_of(std::shared_ptr<const ModelWeights> weights,
                                                  const PrecisionPlan& plan,
                                                  const TensorView& states) {
  std::vector<CrossHeads> cross = place_cross(
      plan.cross, weights->dims.n_text_heads, states.rows,
      base::allocate_aligned(cross_bytes(plan.cross, weights->dims.n_text_heads, states.rows)));
  for (std::size_t i = 0; i < weights->decoder.size(); ++i) {
    const AttentionWeights& attention = weights->decoder[i].cross_attention;
    fill_cross(cross[i], project_states(states, attention.key),
               project_states(states, attention.value));
  }
  return std::make_shared<CpuWindow>(std::move(weights), std::move(cross), [] { return Tensor(); });
}

}  // namespace tessera::compute::cpu
