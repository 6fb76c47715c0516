// Models as CTranslate2 and faster-whisper store them: a folder with model.bin and JSON files.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "src/whisper/model_formats.h"
#include "src/whisper/vocabulary/ranked.h"

namespace tessera::whisper {

/// Loads a folder with model.bin (int8, int16, float16, bfloat16 or float32), config.json and a
/// vocabulary: tokenizer.json, else vocabulary.json or vocabulary.txt, else the official one. The
/// file is mapped; floats stay in it, int8 and int16 are expanded to float32.
/// Throws Error{bad_file} naming file and variable, Error{unsupported} for another version of the
/// format, another network, front end or tokenizer.
/// Format: CTranslate2, python/ctranslate2/specs and converters/transformers.py (WhisperLoader).
LoadedModel load_ctranslate2(const std::filesystem::path& directory);

/// model.bin from memory, which `owner` keeps alive for as long as the weights live (null: the
/// caller does). `where` (a file name) begins the messages.
std::shared_ptr<const compute::ModelWeights> parse_ctranslate2_weights(
    std::span<const std::byte> file, const std::string& where, std::shared_ptr<const void> owner);

/// config.json: suppress_ids, suppress_ids_begin, alignment_heads, lang_ids. The languages among
/// the last are named by the special tokens of `vocabulary`.
ModelConfig parse_ctranslate2_config(std::string_view text, const std::string& where,
                                     const compute::ModelDims& dims, const Vocabulary& vocabulary);

/// vocabulary.json, a list of tokens in GPT-2's byte alphabet, or with `json` false vocabulary.txt,
/// one token in each line. Special tokens are those from "<|endoftext|>" on. Throws
/// Error{bad_file}.
TokenList parse_ctranslate2_tokens(std::string_view text, const std::string& where, bool json);

}  // namespace tessera::whisper
