// Writes the tokenizer of a model in Hugging Face layout.
#pragma once

#include <string>

#include "src/whisper/vocabulary/vocabulary.h"

namespace tessera::whisper {

/// The text of tokenizer.json: GPT-2's byte-level BPE with the special tokens as added tokens, so
/// that huggingface_vocabulary and transformers' WhisperTokenizer read the same vocabulary back.
/// Timestamps among the specials are added tokens that count as text, as in the official files.
/// Throws Error{unsupported} for what that form cannot say: two tokens of the same bytes, a special
/// token's name that is not UTF-8 or is also a text token's.
std::string tokenizer_json(const Vocabulary& vocabulary);

/// The text of tokenizer_config.json, from which transformers knows which class the tokenizer has
/// and where the timestamps begin: after the last of the special tokens that it lists.
std::string tokenizer_config_json(const Vocabulary& vocabulary);

}  // namespace tessera::whisper
