// Numbers that are spelt out become digits: "twenty one million dollars" is "$21000000".
#pragma once

#include <string>
#include <string_view>

namespace tessera::whisper {

/// `text` is in lower case and has no punctuation but . % $ ¢ € £. Words are joined by single
/// blanks. Source: EnglishNumberNormalizer of openai/whisper, with its oddities ("1.5" is "one.5").
std::u32string normalize_english_numbers(std::u32string_view text);

}  // namespace tessera::whisper
