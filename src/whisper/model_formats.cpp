#include "src/whisper/model_formats.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include "src/whisper/ctranslate2_file.h"
#include "src/whisper/ctranslate2_model.h"
#include "src/whisper/ggml_file.h"
#include "src/whisper/model_file.h"
#include "src/whisper/model_origin.h"
#include "src/whisper/openai_checkpoint.h"
#include "src/whisper/vocabulary/huggingface.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCtranslate2Name = "model.bin";

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

/// The first bytes of a file; fewer when it has no more, none when it cannot be read.
std::string first_bytes(const fs::path& path) {
  std::string bytes(300, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return bytes;
}

std::optional<ModelFormat> format_of_file(const fs::path& path) {
  const std::string name = path.filename().string();
  // Their first bytes are a length and JSON, like those of many other files.
  if (name.ends_with(".safetensors") || name.ends_with(".safetensors.index.json")) {
    return ModelFormat::huggingface;
  }
  const std::string bytes = first_bytes(path);
  if (bytes.starts_with("lmgg")) return ModelFormat::ggml;
  if (bytes.starts_with("PK\3\4")) return ModelFormat::openai;
  if (bytes.starts_with("\x80\x02")) return ModelFormat::openai;  // torch's form of before 1.6
  if (is_ctranslate2_file(std::as_bytes(std::span(bytes)))) return ModelFormat::ctranslate2;
  return std::nullopt;
}

LoadedModel load_huggingface(const fs::path& path) {
  LoadedWeights loaded = load_model_directory(path);
  const fs::path directory = is_folder(path) ? path : path.parent_path();
  auto vocabulary = huggingface_vocabulary(directory, loaded.config.dims.n_vocab);
  return {.weights = std::move(loaded.weights),
          .config = std::move(loaded.config),
          .vocabulary = std::move(vocabulary)};
}

[[noreturn]] void fail_unknown(const fs::path& path) {
  throw Error(ErrorCode::bad_file,
              path.string() +
                  ": expected a model's folder or its *.safetensors file, a ggml file of "
                  "whisper.cpp, CTranslate2's model.bin or a checkpoint of openai/whisper (*.pt)");
}

LoadedModel load_format(const fs::path& path) {
  const std::optional<ModelFormat> format = detect_model_format(path);
  // A folder without weights, or nothing at all: its messages say what was looked for.
  if (!format && !is_file(path)) return load_huggingface(path);
  if (!format) fail_unknown(path);
  switch (*format) {
    case ModelFormat::huggingface:
      return load_huggingface(path);
    case ModelFormat::ctranslate2:
      return load_ctranslate2(is_folder(path) ? path : path.parent_path());
    case ModelFormat::ggml:
      return load_ggml(path);
    case ModelFormat::openai:
      return load_openai_checkpoint(path);
  }
  fail_unknown(path);
}

}  // namespace

std::optional<ModelFormat> detect_model_format(const fs::path& path) {
  if (!is_folder(path)) return is_file(path) ? format_of_file(path) : std::nullopt;
  for (const char* name : {"model.safetensors", "model.safetensors.index.json"}) {
    std::error_code ignored;
    if (fs::exists(path / name, ignored)) return ModelFormat::huggingface;
  }
  if (is_file(path / kCtranslate2Name)) return ModelFormat::ctranslate2;
  return std::nullopt;
}

LoadedModel load_model(const fs::path& path) {
  LoadedModel loaded = load_format(path);
  auto weights = std::make_shared<compute::ModelWeights>(*loaded.weights);  // views only
  weights->origin = model_origin(path);
  loaded.weights = std::move(weights);
  return loaded;
}

}  // namespace tessera::whisper
