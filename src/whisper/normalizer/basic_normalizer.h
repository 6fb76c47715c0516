// The rules for every language but English: lower case, no punctuation.
#pragma once

#include <string>
#include <string_view>

namespace tessera::whisper {

struct BasicNormalizerOptions {
  bool remove_diacritics = false;
  bool split_letters = false;  ///< a blank between characters, for scripts without blanks
};

/// Source: BasicTextNormalizer of openai/whisper.
std::u32string normalize_basic(std::u32string_view text, const BasicNormalizerOptions& options);

}  // namespace tessera::whisper
