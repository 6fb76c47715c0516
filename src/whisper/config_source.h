// One JSON file of a model's settings, and the kinds of values in it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/compute/weights.h"
#include "src/whisper/official_models.h"
#include "tessera/error.h"

namespace tessera::whisper {

/// A JSON object and the file that it came from, which begins every message. The functions throw
/// Error{bad_file} for a value of the wrong kind or out of range, naming its key.
struct ConfigSource {
  std::string path;
  nlohmann::json values;

  [[noreturn]] void fail(ErrorCode code, const std::string& what) const;
  [[noreturn]] void fail_value(const std::string& key, const std::string& wanted,
                               const nlohmann::json& found) const;

  /// The value of a key, or nullptr when it is missing, null, [] or {}.
  const nlohmann::json* find(const char* key) const;

  /// A whole number in [low, high].
  int whole(const std::string& key, const nlohmann::json& value, int low, int high) const;

  /// A size that must be there.
  int required(const char* key) const;

  /// A list of token ids below n_vocab.
  std::vector<int> ids(const char* key, const nlohmann::json& list, int n_vocab) const;

  /// A list of [layer, head] inside the decoder.
  std::vector<AlignmentHead> heads(const char* key, const nlohmann::json& list,
                                   const compute::ModelDims& dims) const;
};

/// Parses and checks that it is an object. Throws Error{bad_file}, also for a file that cannot be
/// read.
ConfigSource parse_config_source(std::string_view text, const std::string& path);
ConfigSource read_config_source(const std::filesystem::path& path);

/// Nothing when there is no such file. A file that exists but cannot be read is an error.
std::optional<ConfigSource> find_config_source(const std::filesystem::path& path);

/// Checks preprocessor_config.json in a model's folder, where there is one. The front end is part
/// of the model: another frame length or rate would be heard wrongly. Throws Error{unsupported} for
/// those, Error{bad_file} when its mel bands are not the network's.
void check_preprocessor(const std::filesystem::path& directory, const compute::ModelDims& dims);

}  // namespace tessera::whisper
