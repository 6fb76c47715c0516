// Cuts a text's tokens into words.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/whisper/tokenizer.h"

namespace tessera::whisper {

struct WordTokens {
  std::string text;  ///< UTF-8, with its leading blank
  std::vector<int> tokens;
};

/// The words of `tokens` in the language of that code. A word begins with a blank or is a
/// punctuation mark or a special token; in languages that are written without blanks (zh, ja, th,
/// lo, my, yue) every token that ends a character ends a word.
///
/// Tokens whose bytes never make a whole character, although later ones do, belong to no word and
/// neither do those after them. Throws Error{bad_argument} for an id outside the vocabulary.
/// Source: Tokenizer.split_to_word_tokens() of openai/whisper.
std::vector<WordTokens> split_to_words(const Tokenizer& tokenizer, std::string_view language,
                                       std::span<const int> tokens);

}  // namespace tessera::whisper
