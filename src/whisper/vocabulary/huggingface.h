// Reads the tokenizer files of a model in Hugging Face layout.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "src/whisper/vocabulary/vocabulary.h"

namespace tessera::whisper {

/// The vocabulary in `directory`: tokenizer.json, or else vocab.json and merges.txt with
/// added_tokens.json if there is one. Nothing when the directory has none of the first three.
///
/// A token is special when its text has the form <|...|>, or when only the list of added tokens has
/// it. Special tokens must follow all others, the ids of all be 0, 1, 2, ... and fit `n_vocab`,
/// the rows of the model's embedding. Timestamps need not be listed.
///
/// Throws Error{bad_file} for files that are damaged, contradict themselves or do not fit the
/// model, Error{unsupported} for a tokenizer that is not GPT-2's byte-level BPE.
std::optional<Vocabulary> huggingface_vocabulary(const std::filesystem::path& directory,
                                                 int n_vocab);

/// The vocabulary in the text of a tokenizer.json, under the same rules. `where` names the file.
Vocabulary parse_tokenizer_json(std::string_view text, const std::string& where, int n_vocab);

}  // namespace tessera::whisper
