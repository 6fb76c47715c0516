#include "src/whisper/vad/silero_weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>
#include <utility>

#include "src/base/mapped_file.h"
#include "src/compute/weights.h"
#include "src/whisper/safetensors.h"
#include "src/whisper/vad/onnx_tensors.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

/// What a tensor is called in the ONNX file.
constexpr std::pair<std::string_view, std::string_view> kOnnxNames[] = {
    {"model.stft.forward_basis_buffer", "stft_conv.weight"},
    {"model.encoder.0.reparam_conv.weight", "conv1.weight"},
    {"model.encoder.0.reparam_conv.bias", "conv1.bias"},
    {"model.encoder.1.reparam_conv.weight", "conv2.weight"},
    {"model.encoder.1.reparam_conv.bias", "conv2.bias"},
    {"model.encoder.2.reparam_conv.weight", "conv3.weight"},
    {"model.encoder.2.reparam_conv.bias", "conv3.bias"},
    {"model.encoder.3.reparam_conv.weight", "conv4.weight"},
    {"model.encoder.3.reparam_conv.bias", "conv4.bias"},
    {"model.decoder.rnn.weight_ih", "lstm_cell.weight_ih"},
    {"model.decoder.rnn.weight_hh", "lstm_cell.weight_hh"},
    {"model.decoder.rnn.bias_ih", "lstm_cell.bias_ih"},
    {"model.decoder.rnn.bias_hh", "lstm_cell.bias_hh"},
    {"model.decoder.decoder.2.weight", "final_conv.weight"},
    {"model.decoder.decoder.2.bias", "final_conv.bias"}};

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const std::int64_t size : shape) {
    text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  }
  return text + "]";
}

/// A safetensors file begins with the length of its header, which is JSON.
bool is_safetensors(std::span<const std::byte> file) {
  return file.size() > 8 && file[8] == std::byte{'{'};
}

}  // namespace

SileroWeights::SileroWeights(const std::filesystem::path& path)
    : SileroWeights(base::MappedFile(path).bytes(), path.string()) {}

SileroWeights::SileroWeights(std::span<const std::byte> file, std::string path)
    : path_(std::move(path)) {
  if (is_safetensors(file)) {
    read_safetensors(file);
  } else {
    read_onnx(file);
  }
}

void SileroWeights::read_safetensors(std::span<const std::byte> file) {
  const SafetensorsFile safetensors(file, path_);
  for (const SafetensorsEntry& entry : safetensors.entries()) {
    tensors_[entry.name] = {entry.shape, compute::to_f32(safetensors.weight(entry))};
  }
}

void SileroWeights::read_onnx(std::span<const std::byte> file) {
  for (const OnnxTensor& tensor : onnx_tensors(file, path_)) {
    const auto* known = std::ranges::find(kOnnxNames, tensor.name,
                                          &std::pair<std::string_view, std::string_view>::first);
    if (known == std::end(kOnnxNames)) continue;
    std::vector<float> values(tensor.data.size() / sizeof(float));
    std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
    tensors_[std::string(known->second)] = {tensor.shape, std::move(values)};
  }
}

const std::vector<float>& SileroWeights::tensor(const std::string& name,
                                                const std::vector<std::int64_t>& shape) const {
  const auto found = tensors_.find(name);
  const std::string where = path_ + ": " + name;
  if (found == tensors_.end()) {
    throw Error(ErrorCode::bad_file, where + ": expected a tensor of shape " + shape_text(shape) +
                                         " as Silero VAD v6 has it, found none");
  }
  const Tensor& tensor = found->second;
  if (tensor.shape != shape) {
    throw Error(ErrorCode::bad_file, where + ": expected " + shape_text(shape) + ", file has " +
                                         shape_text(tensor.shape));
  }
  if (!std::ranges::all_of(tensor.values, [](float value) { return std::isfinite(value); })) {
    throw Error(ErrorCode::bad_file, where + ": expected finite numbers");
  }
  return tensor.values;
}

}  // namespace tessera::whisper
