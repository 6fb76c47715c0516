#include "src/whisper/model_file_writer.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "src/base/atomic_file.h"
#include "src/whisper/config_writer.h"
#include "src/whisper/vocabulary/huggingface_writer.h"
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

/// A tensor and how it is to be stored.
struct Entry {
  WeightSlot slot;
  DType dtype;

  std::uint64_t bytes() const {
    return static_cast<std::uint64_t>(slot.view->elements()) * compute::element_bytes(dtype);
  }
};

/// Every tensor in file order. Larger elements come first, so that every tensor lies at a multiple
/// of its element.
std::vector<Entry> entries_of(compute::ModelWeights& model, std::optional<DType> dtype) {
  std::vector<Entry> entries;
  for (WeightSlot& slot : compute::weight_slots(model)) {
    const DType own = slot.view->dtype;
    entries.push_back({std::move(slot), dtype.value_or(own)});
  }
  std::ranges::stable_sort(entries, std::greater(),
                           [](const Entry& entry) { return compute::element_bytes(entry.dtype); });
  return entries;
}

/// The dtype that holds every tensor exactly.
DType widest(const std::vector<Entry>& entries) {
  const DType first = entries.front().dtype;
  const bool uniform =
      std::ranges::all_of(entries, [first](const Entry& entry) { return entry.dtype == first; });
  return uniform ? first : DType::f32;
}

std::string header_text(const std::vector<Entry>& entries) {
  nlohmann::ordered_json header;
  header["__metadata__"] = {{"format", "pt"}};
  std::uint64_t offset = 0;
  for (const Entry& entry : entries) {
    header[entry.slot.name] = {{"dtype", safetensors_name(entry.dtype)},
                               {"shape", file_shape(entry.slot)},
                               {"data_offsets", {offset, offset + entry.bytes()}}};
    offset += entry.bytes();
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

/// Writes tensors in pieces, between which it tells how far it is and looks whether to stop.
class TensorWriter {
 public:
  TensorWriter(base::AtomicFile& file, const SaveOptions& options, std::uint64_t total_bytes)
      : file_(file), options_(options), total_bytes_(total_bytes) {}

  void write(const Entry& entry) {
    const WeightView& view = *entry.slot.view;
    const auto count = static_cast<std::size_t>(view.elements());
    constexpr std::size_t kChunk = std::size_t{1} << 20;
    for (std::size_t i = 0; i < count; i += kChunk) {
      if (options_.stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
      const std::size_t size = std::min(kChunk, count - i);
      const std::byte* data = view.data + i * compute::element_bytes(view.dtype);
      write_chunk(entry, {view.dtype, {static_cast<std::int64_t>(size), 1, 1}, data});
      done_bytes_ += size * compute::element_bytes(entry.dtype);
      if (options_.on_progress) {
        options_.on_progress(static_cast<double>(done_bytes_), static_cast<double>(total_bytes_));
      }
    }
  }

 private:
  void write_chunk(const Entry& entry, const WeightView& part) {
    const auto count = static_cast<std::size_t>(part.elements());
    if (part.dtype == entry.dtype) {
      file_.write({part.data, count * compute::element_bytes(part.dtype)});
      return;
    }
    values_.resize(count);
    compute::to_f32(part, values_);
    if (entry.dtype == DType::f32) {
      file_.write(std::as_bytes(std::span(values_)));
      return;
    }
    halves_.clear();
    for (const float value : values_) halves_.push_back(round_half(entry.slot, entry.dtype, value));
    file_.write(std::as_bytes(std::span(halves_)));
  }

  base::AtomicFile& file_;
  const SaveOptions& options_;
  std::uint64_t done_bytes_ = 0;
  std::uint64_t total_bytes_;
  std::vector<float> values_;
  std::vector<std::uint16_t> halves_;
};

void write_weights(base::AtomicFile& file, const std::vector<Entry>& entries,
                   const SaveOptions& options) {
  const std::string header = header_text(entries);
  std::byte length[8];
  for (int i = 0; i < 8; ++i) {
    length[i] = static_cast<std::byte>(static_cast<std::uint64_t>(header.size()) >> (8 * i));
  }
  file.write(length);
  file.write(header);
  std::uint64_t total_bytes = 0;
  for (const Entry& entry : entries) total_bytes += entry.bytes();
  TensorWriter writer(file, options, total_bytes);
  for (const Entry& entry : entries) writer.write(entry);
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
                          const std::filesystem::path& directory, const SaveOptions& options) {
  compute::ModelWeights model = weights;  // views only; weight_slots wants to be able to fill them
  if (model.dims != config.dims) {
    throw Error(ErrorCode::bad_argument,
                directory.string() + ": expected weights and settings of one model");
  }
  if (options.dtype) safetensors_name(*options.dtype);  // before anything is made
  compute::check_weights(model, directory.string());
  const std::vector<Entry> entries = entries_of(model, options.dtype);
  const ConfigTexts texts = write_config(config, widest(entries), options.tokenizer);
  std::string tokenizer;
  std::string tokenizer_config;
  if (options.tokenizer != nullptr) {
    const Vocabulary vocabulary = options.tokenizer->vocabulary();
    tokenizer = tokenizer_json(vocabulary);
    tokenizer_config = tokenizer_config_json(vocabulary);
  }

  make_folder(directory);
  std::vector<base::AtomicFile> files;
  files.emplace_back(directory / "model.safetensors");
  write_weights(files.back(), entries, options);
  const auto add = [&](const char* name, const std::string& text) {
    files.emplace_back(directory / name);
    files.back().write(text);
  };
  if (options.tokenizer != nullptr) {
    add("tokenizer.json", tokenizer);
    add("tokenizer_config.json", tokenizer_config);
  }
  add("preprocessor_config.json", texts.preprocessor);
  add("generation_config.json", texts.generation);
  add("config.json", texts.network);
  for (base::AtomicFile& file : files) file.commit();
}

void save_model_directory(const compute::ModelWeights& weights, const ModelConfig& config,
                          const std::filesystem::path& directory, DType dtype) {
  SaveOptions options;
  options.dtype = dtype;
  save_model_directory(weights, config, directory, options);
}

}  // namespace tessera::whisper
