#include "src/whisper/ctranslate2_model.h"

#include <nlohmann/json.hpp>

#include "src/base/mapped_file.h"
#include "src/whisper/config_source.h"
#include "src/whisper/ctranslate2_weights.h"
#include "src/whisper/json_file.h"
#include "src/whisper/languages.h"
#include "src/whisper/vocabulary/huggingface.h"
#include "src/whisper/vocabulary/official.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kFirstSpecial = "<|endoftext|>";

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::vector<std::string> tokens_of_json(std::string_view text, const std::string& where) {
  const json list = parse_json(text, where);
  if (!list.is_array()) {
    throw Error(ErrorCode::bad_file,
                where + ": expected a list of tokens, found " + printable_value(list));
  }
  std::vector<std::string> tokens;
  for (const json& token : list) {
    if (!token.is_string()) {
      throw Error(ErrorCode::bad_file, where + ": expected token " + std::to_string(tokens.size()) +
                                           " to be a text, found " + printable_value(token));
    }
    tokens.push_back(token.get<std::string>());
  }
  return tokens;
}

std::vector<std::string> tokens_of_lines(std::string_view text) {
  std::vector<std::string> tokens;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    tokens.emplace_back(line);
  }
  return tokens;
}

void add_language(const ConfigSource& config, int id, const Vocabulary& vocabulary,
                  std::map<std::string, int>& languages) {
  const std::size_t index = static_cast<std::size_t>(id) -
                            std::min(vocabulary.pieces.size(), static_cast<std::size_t>(id));
  const bool is_special = static_cast<std::size_t>(id) >= vocabulary.pieces.size() &&
                          index < vocabulary.specials.size() &&
                          is_special_name(vocabulary.specials[index]);
  if (!is_special) {
    config.fail(ErrorCode::bad_file,
                "lang_ids: expected special tokens, found " + std::to_string(id));
  }
  // Some converters list every special token that they do not know.
  const std::string& name = vocabulary.specials[index];
  if (language_name(std::string_view(name).substr(2, name.size() - 4))) languages[name] = id;
}

/// The folder's vocabulary; nothing when it is the official one, or when there is none.
std::optional<Vocabulary> read_vocabulary(const fs::path& directory, int n_vocab) {
  if (auto vocabulary = huggingface_vocabulary(directory, n_vocab)) return vocabulary;
  for (const char* name : {"vocabulary.json", "vocabulary.txt"}) {
    const fs::path path = directory / name;
    if (!is_there(path)) continue;
    const base::MappedFile file(path);
    TokenList tokens =
        parse_ctranslate2_tokens(as_text(file.bytes()), path.string(), path.extension() == ".json");
    return ranked_vocabulary(std::move(tokens), n_vocab);
  }
  return std::nullopt;
}

}  // namespace

LoadedModel load_ctranslate2(const fs::path& directory) {
  const fs::path path = directory / "model.bin";
  auto file = std::make_shared<const base::MappedFile>(path);
  const std::span<const std::byte> bytes = file->bytes();
  LoadedModel model;
  model.weights = parse_ctranslate2_weights(bytes, path.string(), std::move(file));
  const compute::ModelDims& dims = model.weights->dims;
  check_preprocessor(directory, dims);
  model.vocabulary = read_vocabulary(directory, dims.n_vocab);
  const fs::path config_path = directory / "config.json";
  const base::MappedFile config(config_path);
  model.config = parse_ctranslate2_config(
      as_text(config.bytes()), config_path.string(), dims,
      model.vocabulary ? *model.vocabulary : official_vocabulary(dims.n_vocab));
  return model;
}

std::shared_ptr<const compute::ModelWeights> parse_ctranslate2_weights(
    std::span<const std::byte> file, const std::string& where, std::shared_ptr<const void> owner) {
  const Ctranslate2File variables(file, where);
  auto weights = ctranslate2_weights(variables, ctranslate2_dims(variables));
  weights->storage.push_back(std::move(owner));
  return weights;
}

ModelConfig parse_ctranslate2_config(std::string_view text, const std::string& where,
                                     const compute::ModelDims& dims, const Vocabulary& vocabulary) {
  const ConfigSource source = parse_config_source(text, where);
  ModelConfig config;
  config.dims = dims;
  config.is_multilingual = dims.n_vocab >= kFirstMultilingualVocabulary;
  config.alignment_heads = default_alignment_heads(dims);
  if (const json* heads = source.find("alignment_heads")) {
    config.alignment_heads = source.heads("alignment_heads", *heads, dims);
  }
  if (const json* ids = source.find("suppress_ids")) {
    config.suppress_tokens = source.ids("suppress_ids", *ids, dims.n_vocab);
  }
  if (const json* ids = source.find("suppress_ids_begin")) {
    config.begin_suppress_tokens = source.ids("suppress_ids_begin", *ids, dims.n_vocab);
  }
  if (const json* ids = source.find("lang_ids")) {
    for (const int id : source.ids("lang_ids", *ids, dims.n_vocab)) {
      add_language(source, id, vocabulary, config.lang_to_id);
    }
  }
  return config;
}

TokenList parse_ctranslate2_tokens(std::string_view text, const std::string& where, bool json) {
  TokenList list;
  list.where = where;
  for (std::string& token : json ? tokens_of_json(text, where) : tokens_of_lines(text)) {
    if (token == kFirstSpecial || !list.specials.empty()) {
      list.specials.push_back(std::move(token));
      continue;
    }
    std::optional<std::string> bytes = gpt2_bytes(token);
    if (!bytes) {
      throw Error(ErrorCode::bad_file, where + ": token '" + printable(token) +
                                           "' is not written in GPT-2's byte alphabet");
    }
    list.pieces.push_back(*std::move(bytes));
  }
  return list;
}

}  // namespace tessera::whisper
