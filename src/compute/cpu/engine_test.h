// Small random networks and the reference device's view of them, for the tests of the cpu engines.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "src/compute/devices.h"
#include "src/compute/weights.h"

namespace tessera::compute::cpu {

/// Two heads, a last block of 4 positions, two groups of hidden channels of which one is not full.
inline constexpr ModelDims kTestDims = {.n_mels = 12,
                                        .n_audio_ctx = 100,
                                        .n_audio_state = 128,
                                        .n_audio_heads = 2,
                                        .n_audio_layers = 2,
                                        .n_audio_ffn = 576,
                                        .n_vocab = 70,
                                        .n_text_ctx = 48,
                                        .n_text_state = 128,
                                        .n_text_heads = 2,
                                        .n_text_layers = 2,
                                        .n_text_ffn = 576};

/// For the array of an NPU: columns are padded from 128 to 256, rows from 40 to 512; the last keys
/// are 8.
inline constexpr ModelDims kSmallDims = {.n_mels = 12,
                                         .n_audio_ctx = 40,
                                         .n_audio_state = 128,
                                         .n_audio_heads = 2,
                                         .n_audio_layers = 2,
                                         .n_audio_ffn = 192,
                                         .n_vocab = 70,
                                         .n_text_ctx = 48,
                                         .n_text_state = 128,
                                         .n_text_heads = 2,
                                         .n_text_layers = 2,
                                         .n_text_ffn = 192};

/// Weights of the size that keeps activations about as large as they come in, gains near 1.
/// `change` may alter a tensor by its name.
inline std::shared_ptr<ModelWeights> random_weights(
    const ModelDims& dims = kTestDims,
    const std::function<void(const std::string&, std::vector<float>&)>& change = nullptr) {
  auto weights = std::make_shared<ModelWeights>();
  weights->dims = dims;
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  for (const WeightSlot& slot : weight_slots(*weights)) {
    const auto count = static_cast<std::size_t>(slot.shape[0] * slot.shape[1] * slot.shape[2]);
    const std::size_t per_row = count / static_cast<std::size_t>(slot.shape[0]);
    const auto inputs = static_cast<float>(per_row);
    const bool is_gain = slot.name.find("norm") != std::string::npos &&
                         slot.name.find("weight") != std::string::npos;
    const float size = inputs > 1 ? 1.0f / std::sqrt(inputs) : 0.1f;
    auto values = std::make_shared<std::vector<float>>(count);
    for (float& value : *values) value = (is_gain ? 1.0f : 0.0f) + size * normal(random);
    if (change) change(slot.name, *values);
    *slot.view = {DType::f32, slot.shape, reinterpret_cast<const std::byte*>(values->data())};
    weights->storage.push_back(values);
  }
  check_weights(*weights, "test");
  return weights;
}

inline Tensor random_mel(const ModelDims& dims, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Tensor mel(DType::f32, dims.n_mels, 2 * dims.n_audio_ctx);
  for (float& value : mel.values<float>()) value = normal(random);
  return mel;
}

/// |a - b| / |b| over all numbers; huge when there are not as many.
inline double relative_error(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return 1e9;
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    difference += (x - y) * (x - y);
    size += y * y;
  }
  return std::sqrt(difference / size);
}

/// All numbers of a matrix without gaps.
inline std::span<const float> values_of(const TensorView& view) {
  return {reinterpret_cast<const float*>(view.data),
          static_cast<std::size_t>(view.rows) * static_cast<std::size_t>(view.cols)};
}

}  // namespace tessera::compute::cpu
