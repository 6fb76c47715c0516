// The languages that Whisper knows, in the order of their tokens.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::whisper {

struct Language {
  std::string_view code;  ///< as in the token <|code|>
  std::string_view name;  ///< English, lower case
};

/// All 100 languages, in the order of openai-whisper's LANGUAGES: the token of language i is
/// sot + 1 + i. Models before large-v3 have the first 99 (no yue).
extern const std::array<Language, 100> kLanguages;

/// The code of a language given by its code, its English name or one of openai-whisper's other
/// names (burmese, flemish, mandarin, ...), in any case. "jv" gives "jw", Whisper's code for
/// Javanese. Nothing for a text that names no language.
std::optional<std::string> language_code(std::string_view name_or_code);

/// The English name, in lower case, of a language given by its exact code; nothing for other texts.
std::optional<std::string> language_name(std::string_view code);

}  // namespace tessera::whisper
