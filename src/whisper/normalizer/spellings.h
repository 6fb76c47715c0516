// American spellings of British words.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tessera::whisper {

extern const std::span<const unsigned char> kEnglishSpellings;  ///< english_spellings.bin

/// Every word of the table replaced, words joined by single blanks.
/// Source: EnglishSpellingNormalizer of openai/whisper; the table by tools/make_spellings.py.
std::u32string american_spelling(std::u32string_view text);

}  // namespace tessera::whisper
