#include "src/whisper/config_source.h"

#include "src/whisper/json_file.h"
#include "tessera/error.h"

namespace tessera::whisper {

using Json = nlohmann::json;

void ConfigSource::fail(ErrorCode code, const std::string& what) const {
  throw Error(code, path + ": " + what);
}

void ConfigSource::fail_value(const std::string& key, const std::string& wanted,
                              const Json& found) const {
  fail(ErrorCode::bad_file, key + ": expected " + wanted + ", found " + printable_value(found));
}

const Json* ConfigSource::find(const char* key) const {
  const auto found = values.find(key);
  if (found == values.end() || found->is_null()) return nullptr;
  return found->is_structured() && found->empty() ? nullptr : &*found;
}

int ConfigSource::whole(const std::string& key, const Json& value, int low, int high) const {
  const std::string wanted =
      "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  if (!value.is_number_unsigned()) fail_value(key, wanted, value);
  const auto number = value.get<std::uint64_t>();
  if (number > static_cast<std::uint64_t>(high) || number < static_cast<std::uint64_t>(low)) {
    fail_value(key, wanted, value);
  }
  return static_cast<int>(number);
}

int ConfigSource::required(const char* key) const {
  const Json* value = find(key);
  if (value == nullptr) fail(ErrorCode::bad_file, std::string(key) + " is missing");
  return whole(key, *value, 1, 1 << 30);
}

std::vector<int> ConfigSource::ids(const char* key, const Json& list, int n_vocab) const {
  if (!list.is_array()) fail_value(key, "a list of token ids", list);
  std::vector<int> ids;
  for (const Json& id : list) ids.push_back(whole(key, id, 0, n_vocab - 1));
  return ids;
}

std::vector<AlignmentHead> ConfigSource::heads(const char* key, const Json& list,
                                               const compute::ModelDims& dims) const {
  if (!list.is_array()) fail_value(key, "a list of [layer, head]", list);
  std::vector<AlignmentHead> heads;
  for (const Json& pair : list) {
    if (!pair.is_array() || pair.size() != 2) fail_value(key, "[layer, head]", pair);
    heads.push_back({whole(key, pair[0], 0, dims.n_text_layers - 1),
                     whole(key, pair[1], 0, dims.n_text_heads - 1)});
  }
  return heads;
}

ConfigSource parse_config_source(std::string_view text, const std::string& path) {
  ConfigSource source = {path, parse_json(text, path)};
  if (!source.values.is_object()) source.fail(ErrorCode::bad_file, "expected a JSON object");
  return source;
}

ConfigSource read_config_source(const std::filesystem::path& path) {
  ConfigSource source = {path.string(), read_json_file(path)};
  if (!source.values.is_object()) source.fail(ErrorCode::bad_file, "expected a JSON object");
  return source;
}

std::optional<ConfigSource> find_config_source(const std::filesystem::path& path) {
  std::error_code unreadable;
  if (std::filesystem::status(path, unreadable).type() == std::filesystem::file_type::not_found) {
    return std::nullopt;
  }
  return read_config_source(path);
}

void check_preprocessor(const std::filesystem::path& directory, const compute::ModelDims& dims) {
  const auto preprocessor = find_config_source(directory / "preprocessor_config.json");
  if (!preprocessor) return;
  struct Fixed {
    const char* key;
    int value;
  };
  constexpr Fixed kFixed[] = {
      {"n_fft", 400}, {"hop_length", 160}, {"chunk_length", 30}, {"sampling_rate", 16000}};
  for (const auto& [key, wanted] : kFixed) {
    const Json* value = preprocessor->find(key);
    if (value == nullptr || *value == wanted) continue;
    preprocessor->fail(ErrorCode::unsupported, std::string(key) + ": expected " +
                                                   std::to_string(wanted) + ", found " +
                                                   printable_value(*value));
  }
  const Json* bands = preprocessor->find("feature_size");
  if (bands != nullptr && *bands != dims.n_mels) {
    preprocessor->fail_value("feature_size",
                             "the network's " + std::to_string(dims.n_mels) + " mel bands", *bands);
  }
}

}  // namespace tessera::whisper
