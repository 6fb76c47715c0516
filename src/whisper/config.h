// The settings that come with a model: its sizes and the ids that decoding needs, read from the
// JSON files of a Hugging Face folder.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/compute/weights.h"
#include "src/whisper/official_models.h"

namespace tessera::whisper {

/// What a model says about itself besides its weights. Ids are below dims.n_vocab, heads inside the
/// decoder. An absent optional means that the files say nothing: derive it from the vocabulary.
struct ModelConfig {
  compute::ModelDims dims;

  std::vector<AlignmentHead> alignment_heads;  ///< never empty
  std::optional<std::vector<int>> suppress_tokens;
  std::optional<std::vector<int>> begin_suppress_tokens;
  std::optional<int> max_initial_timestamp_index;  ///< in steps of 0.02 s
  std::map<std::string, int> lang_to_id;           ///< "<|en|>" -> 50259; may be empty
  std::optional<bool> is_multilingual;
  int median_filter_width = 7;  ///< odd, in frames

  bool operator==(const ModelConfig&) const = default;
};

/// Reads `config.json` and, where they exist, `generation_config.json` (which wins for the settings
/// of decoding) and `preprocessor_config.json` of a folder. null, [] and {} count as absent.
/// Throws Error{bad_file} for a missing config.json, another kind of model, a missing or senseless
/// value, and Error{unsupported} for a network or sound front end that is not Whisper's.
ModelConfig read_model_config(const std::filesystem::path& directory);

/// The same from the texts of config.json and generation_config.json, which may be empty. `where`
/// (a folder) begins the names of the files in messages.
ModelConfig parse_model_config(std::string_view network, std::string_view generation,
                               const std::filesystem::path& where);

/// The settings of a model whose file holds weights and sizes alone, as ggml's and openai/whisper's
/// do. The alignment heads are those of the official model whose name `file_stem` carries, between
/// separators ("ggml-base.en-q5_1", "large-v3-turbo"), if its sizes agree; else the default ones.
/// Everything else is left to be derived from the vocabulary, as openai/whisper does.
ModelConfig config_for_dims(const compute::ModelDims& dims, std::string_view file_stem);

}  // namespace tessera::whisper
