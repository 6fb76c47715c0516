// The rules for English: one spelling for contractions, titles, numbers and British words.
#pragma once

#include <string>
#include <string_view>

namespace tessera::whisper {

/// Source: EnglishTextNormalizer of openai/whisper (Radford et al. 2022, appendix C).
std::u32string normalize_english(std::u32string_view text);

}  // namespace tessera::whisper
