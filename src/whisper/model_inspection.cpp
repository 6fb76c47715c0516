#include "src/whisper/model_inspection.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "src/base/mapped_file.h"
#include "src/whisper/ctranslate2_file.h"
#include "src/whisper/ggml_extent.h"
#include "src/whisper/json_file.h"
#include "src/whisper/safetensors.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = "config.json";
constexpr const char* kWeights = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";
constexpr const char* kBinary = "model.bin";

bool has_file(const fs::path& folder, const char* name) {
  std::error_code ignored;
  return fs::is_regular_file(folder / name, ignored);
}

/// Also for a link that leads nowhere, as a cleared cache leaves them.
bool has_entry(const fs::path& folder, const char* name) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(folder / name, ignored));
}

/// A ZIP's directory stands at its end: a file that was cut has none
/// (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.16).
bool has_zip_directory(const fs::path& path) {
  constexpr std::streamoff kRecordBytes = 22;
  constexpr std::streamoff kLongestComment = 65535;
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file.tellg();
  const std::streamoff tail = std::min(size, kRecordBytes + kLongestComment);
  if (!file || tail < kRecordBytes) return false;
  std::string bytes(static_cast<std::size_t>(tail), '\0');
  return file.seekg(-tail, std::ios::end) && file.read(bytes.data(), tail) &&
         bytes.rfind("PK\x05\x06") != std::string::npos;
}

/// Whether a check that throws Error{bad_file} for what is damaged lets a file pass.
bool passes(const std::function<void()>& check) {
  try {
    check();
    return true;
  } catch (const Error&) {
    return false;
  }
}

bool is_sound_safetensors(const fs::path& path) {
  return passes([&path] { const SafetensorsFile file(path); });
}

bool is_sound_ctranslate2(const fs::path& path) {
  return passes([&path] {
    const base::MappedFile mapped(path);
    const Ctranslate2File file(mapped.bytes(), path.string());
  });
}

/// Goes from tensor to tensor: the last one must end where the file ends.
bool is_sound_ggml(const fs::path& path) {
  return passes([&path] {
    const base::MappedFile mapped(path);
    check_ggml_extent(mapped.bytes(), path.string());
  });
}

bool has_all_shards(const fs::path& folder) {
  try {
    const nlohmann::json index = read_json_file(folder / kIndex);
    const nlohmann::json& map = index.at("weight_map");
    std::vector<std::string> shards;
    for (const auto& [tensor, shard] : map.items()) shards.push_back(shard.get<std::string>());
    std::sort(shards.begin(), shards.end());
    shards.erase(std::unique(shards.begin(), shards.end()), shards.end());
    return !shards.empty() && std::all_of(shards.begin(), shards.end(), [&](const auto& shard) {
      return shard.find('/') == std::string::npos && is_sound_safetensors(folder / shard);
    });
  } catch (const Error&) {
    return false;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

bool has_ctranslate2_vocabulary(const fs::path& folder) {
  return has_file(folder, "vocabulary.json") || has_file(folder, "vocabulary.txt") ||
         has_file(folder, "tokenizer.json");
}

}  // namespace

std::optional<ModelFormat> format_of_entry(const fs::path& path) {
  std::error_code ignored;
  // Of the files that lie among models, those that are called as a model's file is.
  const std::string ending = path.extension().string();
  if (!fs::is_directory(path, ignored) && ending != ".pt" && ending != ".bin") return std::nullopt;
  return detect_model_format(path);
}

bool lacks_weights(const fs::path& path) {
  return has_file(path, kConfig) && !detect_model_format(path);
}

std::uint64_t bytes_on_disk(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    const std::uintmax_t size = fs::file_size(path, error);
    return error ? 0 : size;
  }
  std::uint64_t sum = 0;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;
    const std::uintmax_t size = entry->is_regular_file(gone) ? entry->file_size(gone) : 0;
    sum += gone ? 0 : size;
  }
  return sum;
}

bool is_complete(const fs::path& path, ModelFormat format) {
  switch (format) {
    case ModelFormat::huggingface:
      return has_file(path, kConfig) && (has_entry(path, kIndex) && !has_entry(path, kWeights)
                                             ? has_all_shards(path)
                                             : is_sound_safetensors(path / kWeights));
    case ModelFormat::ctranslate2:
      return has_file(path, kConfig) && has_file(path, kBinary) &&
             has_ctranslate2_vocabulary(path) && is_sound_ctranslate2(path / kBinary);
    case ModelFormat::ggml:
      return is_sound_ggml(path);
    case ModelFormat::openai:
      return has_zip_directory(path);
  }
  return false;
}

const char* model_format_name(ModelFormat format) {
  switch (format) {
    case ModelFormat::huggingface:
      return "huggingface";
    case ModelFormat::ctranslate2:
      return "ctranslate2";
    case ModelFormat::ggml:
      return "ggml";
    case ModelFormat::openai:
      return "openai";
  }
  return "";
}

}  // namespace tessera::whisper
