// For tests of voice activity: weights in the form of Silero VAD's file that are not Silero's.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "src/whisper/test_folder.h"

namespace tessera::whisper {

struct SileroTensor {
  std::vector<int> shape;
  std::vector<float> values;
};
using SileroTensors = std::map<std::string, SileroTensor>;

/// Numbers in [-1, 1), as tools/goldens/silero_vad.py draws them.
inline std::vector<float> silero_draws(std::size_t count, std::uint32_t& state) {
  std::vector<float> values(count);
  for (float& value : values) {
    state = state * 1664525U + 1013904223U;
    value = (static_cast<float>(state >> 16U) - 32768.0f) / 32768.0f;
  }
  return values;
}

/// All tensors by name, with numbers of so different a size as the golden data's script gives them.
inline SileroTensors made_up_silero() {
  struct Row {
    const char* name;
    std::vector<int> shape;
    float scale;
  };
  const std::vector<Row> rows = {{"stft_conv.weight", {258, 1, 256}, 0.25f},
                                 {"conv1.weight", {128, 129, 3}, 0.125f},
                                 {"conv1.bias", {128}, 0.125f},
                                 {"conv2.weight", {64, 128, 3}, 0.25f},
                                 {"conv2.bias", {64}, 0.125f},
                                 {"conv3.weight", {64, 64, 3}, 0.25f},
                                 {"conv3.bias", {64}, 0.125f},
                                 {"conv4.weight", {128, 64, 3}, 0.25f},
                                 {"conv4.bias", {128}, 0.125f},
                                 {"lstm_cell.weight_ih", {512, 128}, 0.25f},
                                 {"lstm_cell.weight_hh", {512, 128}, 0.25f},
                                 {"lstm_cell.bias_ih", {512}, 0.5f},
                                 {"lstm_cell.bias_hh", {512}, 0.5f},
                                 {"final_conv.weight", {1, 128, 1}, 2.0f},
                                 {"final_conv.bias", {1}, 1.0f}};
  SileroTensors tensors;
  std::uint32_t state = 1;
  for (const Row& row : rows) {
    std::size_t count = 1;
    for (const int size : row.shape) count *= static_cast<std::size_t>(size);
    std::vector<float> values = silero_draws(count, state);
    for (float& value : values) value *= row.scale;
    tensors[row.name] = {row.shape, std::move(values)};
  }
  return tensors;
}

/// A network that hears loudness alone: above about 0.01 (root of the mean square) is speech. It
/// forgets at once, so that a test knows where speech begins and ends, to a frame.
inline SileroTensors loudness_silero() {
  SileroTensors tensors = made_up_silero();
  for (auto& [name, tensor] : tensors) std::ranges::fill(tensor.values, 0.0f);
  std::vector<float>& stft = tensors["stft_conv.weight"].values;
  for (int bin = 0; bin < 129; ++bin) {
    for (int n = 0; n < 256; ++n) {
      const double angle = 2 * std::numbers::pi * bin * n / 256;
      stft[bin * 256 + n] = static_cast<float>(std::cos(angle) / 16);
      stft[(bin + 129) * 256 + n] = static_cast<float>(std::sin(angle) / 16);
    }
  }
  // Channel 0 is the mean of all bins and moments.
  for (int bin = 0; bin < 129; ++bin) tensors["conv1.weight"].values[bin * 3 + 1] = 1.0f / 129;
  for (int tap = 0; tap < 3; ++tap) tensors["conv2.weight"].values[tap] = 1.0f / 3;
  for (int tap = 1; tap < 3; ++tap) tensors["conv3.weight"].values[tap] = 1.0f / 2;
  tensors["conv4.weight"].values[1] = 1;
  // Gates: input open, forget closed, output open; the cell is what comes in.
  std::vector<float>& gates = tensors["lstm_cell.bias_ih"].values;
  std::fill_n(gates.begin(), 128, 30.0f);
  std::fill_n(gates.begin() + 128, 128, -30.0f);
  std::fill_n(gates.begin() + 384, 128, 30.0f);
  tensors["lstm_cell.weight_ih"].values[256 * 128] = 30;
  tensors["final_conv.weight"].values[0] = 100;
  tensors["final_conv.bias"].values[0] = -25;
  return tensors;
}

/// The tensors as a safetensors file.
inline std::string silero_bytes(const SileroTensors& tensors) {
  std::string header = "{", data;
  for (const auto& [name, tensor] : tensors) {
    std::string shape;
    for (const int size : tensor.shape) shape += (shape.empty() ? "" : ",") + std::to_string(size);
    const std::size_t begin = data.size();
    data.append(reinterpret_cast<const char*>(tensor.values.data()),
                tensor.values.size() * sizeof(float));
    header += (header.size() > 1 ? ",\"" : "\"") + name + R"(":{"dtype":"F32","shape":[)" + shape +
              R"(],"data_offsets":[)" + std::to_string(begin) + "," + std::to_string(data.size()) +
              "]}";
  }
  return safetensors_bytes(header + "}", data);
}

}  // namespace tessera::whisper
