// Walking through UTF-8 that may be damaged.
#pragma once

#include <string>
#include <string_view>

namespace tessera::base {

/// Stands for a byte that is not UTF-8.
inline constexpr char32_t kReplacement = 0xFFFD;

/// One step through a text.
struct Utf8Step {
  char32_t code_point = 0;  ///< kReplacement where the bytes are not UTF-8
  int bytes = 0;            ///< how many bytes it took, at least 1
  bool valid = true;
};

/// Reads the first code point of `text`, which must not be empty. Overlong forms, surrogates,
/// values above U+10FFFF and cut sequences are not valid; each of their bytes is a step of its own.
Utf8Step next_code_point(std::string_view text);

/// Appends a code point as UTF-8.
void append_utf8(std::string& text, char32_t code_point);

/// The text with every byte that is not UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

}  // namespace tessera::base
