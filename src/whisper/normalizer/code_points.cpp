#include "src/whisper/normalizer/code_points.h"

#include <utf8proc.h>

#include <algorithm>

#include "src/whisper/unicode.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

utf8proc_category_t category(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

std::u32string normalized(std::u32string_view text, int form) {
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPAT | form);
  const std::string utf8 = to_utf8(text);
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(utf8.data());
  const auto size = static_cast<utf8proc_ssize_t>(utf8.size());
  utf8proc_ssize_t length = utf8proc_decompose(bytes, size, nullptr, 0, options);
  std::vector<utf8proc_int32_t> buffer(
      static_cast<std::size_t>(std::max<utf8proc_ssize_t>(0, length)) + 1);
  if (length > 0) length = utf8proc_decompose(bytes, size, buffer.data(), length, options);
  if (length > 0) length = utf8proc_normalize_utf32(buffer.data(), length, options);
  if (length < 0) {
    throw Error(ErrorCode::internal, std::string("utf8proc: ") + utf8proc_errmsg(length));
  }
  return {buffer.begin(), buffer.begin() + length};
}

/// Cased (Unicode 15, D135), as far as final sigmas ask: those that are also case-ignorable, most
/// of Other_Lowercase, are never asked about.
bool is_cased(char32_t c) {
  const utf8proc_category_t of = category(c);
  const bool letter =
      of == UTF8PROC_CATEGORY_LU || of == UTF8PROC_CATEGORY_LL || of == UTF8PROC_CATEGORY_LT;
  const bool other_lowercase =
      c == 0xAA || c == 0xBA || (c >= 0x2170 && c <= 0x217F) || (c >= 0x24D0 && c <= 0x24E9);
  const bool other_uppercase = (c >= 0x2160 && c <= 0x216F) || (c >= 0x24B6 && c <= 0x24CF) ||
                               (c >= 0x1F130 && c <= 0x1F149) || (c >= 0x1F150 && c <= 0x1F169) ||
                               (c >= 0x1F170 && c <= 0x1F189);
  return letter || other_lowercase || other_uppercase;
}

/// Case_Ignorable (D136).
bool is_case_ignorable(char32_t c) {
  // Word_Break of MidLetter, MidNumLet and Single_Quote.
  constexpr std::u32string_view kInsideWords =
      U"':.\u00B7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A";
  switch (category(c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
      return true;
    default:
      return kInsideWords.find(c) != std::u32string_view::npos;
  }
}

/// Whether a sigma at `position` ends a word (Final_Sigma of Unicode 15, table 3-17).
bool ends_word(std::u32string_view text, std::size_t position) {
  std::size_t before = position;
  while (before > 0 && is_case_ignorable(text[before - 1])) --before;
  if (before == 0 || !is_cased(text[before - 1])) return false;
  std::size_t after = position + 1;
  while (after < text.size() && is_case_ignorable(text[after])) ++after;
  return after == text.size() || !is_cased(text[after]);
}

}  // namespace

std::u32string to_code_points(std::string_view utf8) {
  constexpr char32_t kReplacement = 0xFFFD;
  std::u32string text;
  text.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    const Utf8Step step = next_utf8(utf8, at);
    text += step.kind == Utf8Step::Kind::character ? step.code_point : kReplacement;
    at += static_cast<std::size_t>(step.length);
  }
  return text;
}

std::string to_utf8(std::u32string_view text) {
  std::string utf8;
  utf8.reserve(text.size());
  for (const char32_t c : text) {
    utf8proc_uint8_t bytes[4];
    const utf8proc_ssize_t size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes);
    utf8.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
  return utf8;
}

bool is_space(char32_t c) {
  return character_class(c) == CharacterClass::white_space || (c >= 0x1C && c <= 0x1F);
}

bool is_word_character(char32_t c) {
  const CharacterClass of = character_class(c);
  return of == CharacterClass::letter || of == CharacterClass::number || c == U'_';
}

bool is_decimal_digit(char32_t c) { return category(c) == UTF8PROC_CATEGORY_ND; }

int decimal_digit_value(char32_t c) {
  // Decimal digits stand in the code charts in whole runs from 0 to 9 (Unicode 15, section 4.6).
  int value = 0;
  while (c > 0 && is_decimal_digit(c - 1)) {
    --c;
    ++value;
  }
  return value % 10;
}

bool is_nonspacing_mark(char32_t c) { return category(c) == UTF8PROC_CATEGORY_MN; }

bool is_mark_symbol_or_punctuation(char32_t c) {
  switch (*utf8proc_category_string(static_cast<utf8proc_int32_t>(c))) {
    case 'M':
    case 'S':
    case 'P':
      return true;
    default:
      return false;
  }
}

std::u32string lower(std::u32string_view text) {
  constexpr char32_t kCapitalSigma = 0x3A3, kSmallSigma = 0x3C3, kFinalSigma = 0x3C2;
  constexpr char32_t kCapitalDottedI = 0x130;
  std::u32string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == kCapitalSigma) {
      result += ends_word(text, i) ? kFinalSigma : kSmallSigma;
    } else if (text[i] == kCapitalDottedI) {
      result += U"i\u0307";  // the one letter that becomes two (SpecialCasing.txt)
    } else {
      result += static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(text[i])));
    }
  }
  return result;
}

std::u32string nfkc(std::u32string_view text) { return normalized(text, UTF8PROC_COMPOSE); }

std::u32string nfkd(std::u32string_view text) { return normalized(text, UTF8PROC_DECOMPOSE); }

std::vector<std::u32string> split_words(std::u32string_view text) {
  std::vector<std::u32string> words;
  for (std::size_t i = 0; i < text.size();) {
    if (is_space(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && !is_space(text[end])) ++end;
    words.emplace_back(text.substr(i, end - i));
    i = end;
  }
  return words;
}

std::u32string join(const std::vector<std::u32string>& parts, std::u32string_view between) {
  std::u32string result;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) result += between;
    result += parts[i];
  }
  return result;
}

std::vector<std::u32string> split_graphemes(std::u32string_view text) {
  std::vector<std::u32string> clusters;
  utf8proc_int32_t state = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins =
        i == 0 || utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(text[i - 1]),
                                                   static_cast<utf8proc_int32_t>(text[i]), &state);
    if (begins) clusters.emplace_back();
    clusters.back() += text[i];
  }
  return clusters;
}

}  // namespace tessera::whisper
