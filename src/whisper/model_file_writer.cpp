#include "src/whisper/model_file_writer.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/base/atomic_file.h"
#include "src/whisper/config_writer.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using compute::DType;
using compute::WeightSlot;
using compute::WeightView;

const char* safetensors_name(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "F32";
    case DType::f16:
      return "F16";
    case DType::bf16:
      return "BF16";
    default:
      throw Error(ErrorCode::bad_argument, std::string("saving a model: expected f32, f16 or bf16, "
                                                       "got ") +
                                               compute::dtype_name(dtype));
  }
}

/// The tensor's shape with as many dimensions as its kind has: a matrix of one column has two.
std::vector<std::int64_t> file_shape(const WeightSlot& slot) {
  if (slot.name.find(".conv") != std::string::npos && slot.name.ends_with(".weight")) {
    return {slot.shape.begin(), slot.shape.end()};
  }
  const bool vector = slot.name.ends_with(".bias") || slot.name.ends_with("norm.weight");
  return {slot.shape.begin(), slot.shape.begin() + (vector ? 1 : 2)};
}

std::string header_text(const std::vector<WeightSlot>& slots, DType dtype) {
  nlohmann::ordered_json header;
  header["__metadata__"] = {{"format", "pt"}};
  std::uint64_t offset = 0;
  for (const WeightSlot& slot : slots) {
    const std::uint64_t bytes =
        static_cast<std::uint64_t>(slot.view->elements()) * compute::element_bytes(dtype);
    header[slot.name] = {{"dtype", safetensors_name(dtype)},
                         {"shape", file_shape(slot)},
                         {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = header.dump();
  // Blanks after the JSON bring the data to a multiple of 8, as other writers do.
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

std::uint16_t round_half(const WeightSlot& slot, DType dtype, float value) {
  if (dtype == DType::bf16) return compute::f32_to_bf16(value);
  const std::uint16_t bits = compute::f32_to_f16(value);
  if ((bits & 0x7fffu) == 0x7c00u && std::isfinite(value)) {
    throw Error(ErrorCode::bad_argument, "tensor " + slot.name + ": " + std::to_string(value) +
                                             " does not fit f16, choose f32 or bf16");
  }
  return bits;
}

void write_tensor(base::AtomicFile& file, const WeightSlot& slot, DType dtype) {
  const WeightView& view = *slot.view;
  const auto count = static_cast<std::size_t>(view.elements());
  if (view.dtype == dtype) {
    file.write({view.data, count * compute::element_bytes(dtype)});
    return;
  }
  constexpr std::size_t kChunk = std::size_t{1} << 20;
  std::vector<float> values;
  std::vector<std::uint16_t> halves;
  for (std::size_t i = 0; i < count; i += kChunk) {
    values.resize(std::min(kChunk, count - i));
    const WeightView part = {.dtype = view.dtype,
                             .shape = {static_cast<std::int64_t>(values.size()), 1, 1},
                             .data = view.data + i * compute::element_bytes(view.dtype)};
    compute::to_f32(part, values);
    if (dtype == DType::f32) {
      file.write(std::as_bytes(std::span(values)));
      continue;
    }
    halves.clear();
    for (const float value : values) halves.push_back(round_half(slot, dtype, value));
    file.write(std::as_bytes(std::span(halves)));
  }
}

void write_weights(base::AtomicFile& file, const std::vector<WeightSlot>& slots, DType dtype) {
  const std::string header = header_text(slots, dtype);
  std::byte length[8];
  for (int i = 0; i < 8; ++i) {
    length[i] = static_cast<std::byte>(static_cast<std::uint64_t>(header.size()) >> (8 * i));
  }
  file.write(length);
  file.write(header);
  for (const WeightSlot& slot : slots) write_tensor(file, slot, dtype);
}

void make_folder(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    throw Error(ErrorCode::bad_file,
                directory.string() + ": cannot make this folder: " + error.message());
  }
}

}  // namespace

void save_model_directory(const compute::ModelWeights& weights, const ModelConfig& config,
                          const std::filesystem::path& directory, DType dtype) {
  compute::ModelWeights model = weights;  // views only; weight_slots wants to be able to fill them
  if (model.dims != config.dims) {
    throw Error(ErrorCode::bad_argument,
                directory.string() + ": expected weights and settings of one model");
  }
  compute::check_weights(model, directory.string());
  const std::vector<WeightSlot> slots = compute::weight_slots(model);
  const ConfigTexts texts = write_config(config, dtype);

  make_folder(directory);
  base::AtomicFile weights_file(directory / "model.safetensors");
  base::AtomicFile preprocessor_file(directory / "preprocessor_config.json");
  base::AtomicFile generation_file(directory / "generation_config.json");
  base::AtomicFile network_file(directory / "config.json");
  write_weights(weights_file, slots, dtype);
  preprocessor_file.write(texts.preprocessor);
  generation_file.write(texts.generation);
  network_file.write(texts.network);
  weights_file.commit();
  preprocessor_file.commit();
  generation_file.commit();
  network_file.commit();
}

}  // namespace tessera::whisper
