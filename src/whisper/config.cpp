#include "src/whisper/config.h"

#include <nlohmann/json.hpp>

#include "src/whisper/config_source.h"
#include "src/whisper/json_file.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using Json = nlohmann::json;

constexpr const char* kNetworkName = "config.json";
constexpr const char* kGenerationName = "generation_config.json";

/// generation_config.json before config.json: the first that says something about a key.
struct Settings {
  std::vector<ConfigSource> sources;

  /// Calls use(source, value) for the first source that has the key.
  template <class Use>
  void with(const char* key, const Use& use) const {
    for (const ConfigSource& source : sources) {
      const Json* value = source.find(key);
      if (value == nullptr) continue;
      use(source, *value);
      return;
    }
  }
};

void check_architecture(const ConfigSource& config) {
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

compute::ModelDims read_dims(const ConfigSource& config) {
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
  settings.with(key, [&](const ConfigSource& source, const Json& list) {
    ids = source.ids(key, list, n_vocab);
  });
  return ids;
}

std::vector<AlignmentHead> read_alignment_heads(const Settings& settings,
                                                const compute::ModelDims& dims) {
  const char* key = "alignment_heads";
  std::vector<AlignmentHead> heads;
  settings.with(key, [&](const ConfigSource& source, const Json& list) {
    heads = source.heads(key, list, dims);
  });
  return heads.empty() ? default_alignment_heads(dims) : heads;
}

std::map<std::string, int> read_languages(const Settings& settings, int n_vocab) {
  const char* key = "lang_to_id";
  std::map<std::string, int> languages;
  settings.with(key, [&](const ConfigSource& source, const Json& table) {
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
  settings.with(key, [&](const ConfigSource& source, const Json& value) {
    width = source.whole(key, value, 1, 99);
    if (width % 2 == 0) source.fail_value(key, "an odd number", value);
  });
  return width;
}

ModelConfig config_of(const ConfigSource& network, std::optional<ConfigSource> generation) {
  check_architecture(network);
  ModelConfig config;
  config.dims = read_dims(network);

  Settings settings;
  if (generation) settings.sources.push_back(*std::move(generation));
  settings.sources.push_back(network);

  const int n_vocab = config.dims.n_vocab;
  config.alignment_heads = read_alignment_heads(settings, config.dims);
  config.suppress_tokens = read_ids(settings, "suppress_tokens", n_vocab);
  config.begin_suppress_tokens = read_ids(settings, "begin_suppress_tokens", n_vocab);
  config.lang_to_id = read_languages(settings, n_vocab);
  config.median_filter_width = read_median_filter_width(settings);
  settings.with("max_initial_timestamp_index", [&](const ConfigSource& source, const Json& value) {
    config.max_initial_timestamp_index =
        source.whole("max_initial_timestamp_index", value, 0, config.dims.n_audio_ctx);
  });
  settings.with("is_multilingual", [&](const ConfigSource& source, const Json& value) {
    if (!value.is_boolean()) source.fail_value("is_multilingual", "true or false", value);
    config.is_multilingual = value.get<bool>();
  });
  return config;
}

}  // namespace

ModelConfig read_model_config(const std::filesystem::path& directory) {
  const ConfigSource network = read_config_source(directory / kNetworkName);
  ModelConfig config = config_of(network, find_config_source(directory / kGenerationName));
  check_preprocessor(directory, config.dims);
  return config;
}

ModelConfig parse_model_config(std::string_view network, std::string_view generation,
                               const std::filesystem::path& where) {
  std::optional<ConfigSource> settings;
  if (!generation.empty()) {
    settings = parse_config_source(generation, (where / kGenerationName).string());
  }
  return config_of(parse_config_source(network, (where / kNetworkName).string()),
                   std::move(settings));
}

}  // namespace tessera::whisper
