// Text as code points with the classes and mappings of Python's str, which the rules of the
// normalisers are written in terms of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tessera::whisper {

/// Bytes that are not UTF-8 become U+FFFD.
std::u32string to_code_points(std::string_view utf8);
std::string to_utf8(std::u32string_view text);

/// As str.isspace: White_Space and the information separators U+001C to U+001F.
bool is_space(char32_t c);
/// What \w of Python's re is: letters, numbers and '_'.
bool is_word_character(char32_t c);
/// What \d of Python's re is: decimal digits of any script (Nd).
bool is_decimal_digit(char32_t c);
/// 0 to 9 of a decimal digit.
int decimal_digit_value(char32_t c);
inline bool is_ascii_digit(char32_t c) { return c >= U'0' && c <= U'9'; }

/// Nonspacing marks (Mn).
bool is_nonspacing_mark(char32_t c);
/// Marks, symbols and punctuation (M*, S*, P*).
bool is_mark_symbol_or_punctuation(char32_t c);

/// As str.lower: full mappings, a capital sigma that ends a word becomes the final one.
std::u32string lower(std::u32string_view text);
std::u32string nfkc(std::u32string_view text);
std::u32string nfkd(std::u32string_view text);

/// As str.split: the words between white space.
std::vector<std::u32string> split_words(std::u32string_view text);
std::u32string join(const std::vector<std::u32string>& parts, std::u32string_view between);

/// Extended grapheme clusters (Unicode Standard Annex 29).
std::vector<std::u32string> split_graphemes(std::u32string_view text);

}  // namespace tessera::whisper
