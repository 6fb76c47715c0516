#include "src/whisper/config.h"

#include <nlohmann/json.hpp>

#include "src/whisper/json_file.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using Json = nlohmann::json;

/// One JSON object and the file that it came from, for messages.
struct Source {
  std::string path;
  Json values;

  [[noreturn]] void fail(ErrorCode code, const std::string& what) const {
    throw Error(code, path + ": " + what);
  }

  [[noreturn]] void fail_value(const std::string& key, const std::string& wanted,
                               const Json& found) const {
    fail(ErrorCode::bad_file, key + ": expected " + wanted + ", found " + printable_value(found));
  }

  /// The value of a key, or nullptr when it is missing, null, [] or {}.
  const Json* find(const char* key) const {
    const auto found = values.find(key);
    if (found == values.end() || found->is_null()) return nullptr;
    return found->is_structured() && found->empty() ? nullptr : &*found;
  }

  /// A whole number in [low, high].
  int whole(const std::string& key, const Json& value, int low, int high) const {
    const std::string wanted =
        "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
    if (!value.is_number_unsigned()) fail_value(key, wanted, value);
    const auto number = value.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(high) || number < static_cast<std::uint64_t>(low)) {
      fail_value(key, wanted, value);
    }
    return static_cast<int>(number);
  }

  int required(const char* key) const {
    const Json* value = find(key);
    if (value == nullptr) fail(ErrorCode::bad_file, std::string(key) + " is missing");
    return whole(key, *value, 1, 1 << 30);
  }
};

/// generation_config.json before config.json: the first that says something about a key.
struct Settings {
  std::vector<Source> sources;

  /// Calls use(source, value) for the first source that has the key.
  template <class Use>
  void with(const char* key, const Use& use) const {
    for (const Source& source : sources) {
      const Json* value = source.find(key);
      if (value == nullptr) continue;
      use(source, *value);
      return;
    }
  }
};

/// Whether there is something to read. A file that exists but cannot be read is for the reader to
/// report.
bool is_there(const std::filesystem::path& path) {
  std::error_code unreadable;
  return std::filesystem::status(path, unreadable).type() != std::filesystem::file_type::not_found;
}

Source read_source(const std::filesystem::path& path) {
  Source source = {path.string(), read_json_file(path)};
  if (!source.values.is_object()) source.fail(ErrorCode::bad_file, "expected a JSON object");
  return source;
}

void check_architecture(const Source& config) {
  const Json* type = config.find("model_type");
  if (type == nullptr || *type != "whisper") {
    config.fail(ErrorCode::bad_file,
                "expected a Whisper model, found " +
                    (type == nullptr ? std::string("no model_type")
                                     : "model_type " + printable_value(*type)));
  }
  const Json* activation = config.find("activation_function");
  if (activation != nullptr && *activation != "gelu") {
    config.fail(ErrorCode::unsupported,
                "expected activation_function 'gelu', found " + printable_value(*activation));
  }
  const Json* scaled = config.find("scale_embedding");
  if (scaled != nullptr && *scaled != false) {
    config.fail(ErrorCode::unsupported,
                "expected scale_embedding false, found " + printable_value(*scaled));
  }
}

compute::ModelDims read_dims(const Source& config) {
  const int width = config.required("d_model");
  const compute::ModelDims dims = {.n_mels = config.required("num_mel_bins"),
                                   .n_audio_ctx = config.required("max_source_positions"),
                                   .n_audio_state = width,
                                   .n_audio_heads = config.required("encoder_attention_heads"),
                                   .n_audio_layers = config.required("encoder_layers"),
                                   .n_audio_ffn = config.required("encoder_ffn_dim"),
                                   .n_vocab = config.required("vocab_size"),
                                   .n_text_ctx = config.required("max_target_positions"),
                                   .n_text_state = width,
                                   .n_text_heads = config.required("decoder_attention_heads"),
                                   .n_text_layers = config.required("decoder_layers"),
                                   .n_text_ffn = config.required("decoder_ffn_dim")};
  compute::check_dims(dims, config.path);
  return dims;
}

std::optional<std::vector<int>> read_ids(const Settings& settings, const char* key, int n_vocab) {
  std::optional<std::vector<int>> ids;
  settings.with(key, [&](const Source& source, const Json& list) {
    if (!list.is_array()) source.fail_value(key, "a list of token ids", list);
    ids.emplace();
    for (const Json& id : list) ids->push_back(source.whole(key, id, 0, n_vocab - 1));
  });
  return ids;
}

std::vector<AlignmentHead> read_alignment_heads(const Settings& settings,
                                                const compute::ModelDims& dims) {
  const char* key = "alignment_heads";
  std::vector<AlignmentHead> heads;
  settings.with(key, [&](const Source& source, const Json& list) {
    if (!list.is_array()) source.fail_value(key, "a list of [layer, head]", list);
    for (const Json& pair : list) {
      if (!pair.is_array() || pair.size() != 2) source.fail_value(key, "[layer, head]", pair);
      heads.push_back({source.whole(key, pair[0], 0, dims.n_text_layers - 1),
                       source.whole(key, pair[1], 0, dims.n_text_heads - 1)});
    }
  });
  return heads.empty() ? default_alignment_heads(dims) : heads;
}

std::map<std::string, int> read_languages(const Settings& settings, int n_vocab) {
  const char* key = "lang_to_id";
  std::map<std::string, int> languages;
  settings.with(key, [&](const Source& source, const Json& table) {
    if (!table.is_object()) source.fail_value(key, "a table of languages", table);
    for (const auto& [name, id] : table.items()) {
      languages[name] = source.whole(std::string(key) + " " + printable(name), id, 0, n_vocab - 1);
    }
  });
  return languages;
}

int read_median_filter_width(const Settings& settings) {
  const char* key = "median_filter_width";
  int width = 7;
  settings.with(key, [&](const Source& source, const Json& value) {
    width = source.whole(key, value, 1, 99);
    if (width % 2 == 0) source.fail_value(key, "an odd number", value);
  });
  return width;
}

/// The front end is part of the model: another frame length or rate would be heard wrongly.
void check_preprocessor(const Source& preprocessor, const compute::ModelDims& dims) {
  struct Fixed {
    const char* key;
    int value;
  };
  constexpr Fixed kFixed[] = {
      {"n_fft", 400}, {"hop_length", 160}, {"chunk_length", 30}, {"sampling_rate", 16000}};
  for (const auto& [key, wanted] : kFixed) {
    const Json* value = preprocessor.find(key);
    if (value == nullptr || *value == wanted) continue;
    preprocessor.fail(ErrorCode::unsupported, std::string(key) + ": expected " +
                                                  std::to_string(wanted) + ", found " +
                                                  printable_value(*value));
  }
  const Json* bands = preprocessor.find("feature_size");
  if (bands != nullptr && *bands != dims.n_mels) {
    preprocessor.fail_value("feature_size",
                            "num_mel_bins of config.json, " + std::to_string(dims.n_mels), *bands);
  }
}

}  // namespace

ModelConfig read_model_config(const std::filesystem::path& directory) {
  const Source network = read_source(directory / "config.json");
  check_architecture(network);
  ModelConfig config;
  config.dims = read_dims(network);

  Settings settings;
  const std::filesystem::path generation = directory / "generation_config.json";
  if (is_there(generation)) settings.sources.push_back(read_source(generation));
  settings.sources.push_back(network);

  const int n_vocab = config.dims.n_vocab;
  config.alignment_heads = read_alignment_heads(settings, config.dims);
  config.suppress_tokens = read_ids(settings, "suppress_tokens", n_vocab);
  config.begin_suppress_tokens = read_ids(settings, "begin_suppress_tokens", n_vocab);
  config.lang_to_id = read_languages(settings, n_vocab);
  config.median_filter_width = read_median_filter_width(settings);
  settings.with("max_initial_timestamp_index", [&](const Source& source, const Json& value) {
    config.max_initial_timestamp_index =
        source.whole("max_initial_timestamp_index", value, 0, config.dims.n_audio_ctx);
  });
  settings.with("is_multilingual", [&](const Source& source, const Json& value) {
    if (!value.is_boolean()) source.fail_value("is_multilingual", "true or false", value);
    config.is_multilingual = value.get<bool>();
  });

  const std::filesystem::path preprocessor = directory / "preprocessor_config.json";
  if (is_there(preprocessor)) {
    check_preprocessor(read_source(preprocessor), config.dims);
  }
  return config;
}

}  // namespace tessera::whisper
