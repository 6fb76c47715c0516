#include "src/whisper/normalizer/english_numbers.h"

#include <vector>

#include "src/whisper/normalizer/code_points.h"
#include "src/whisper/normalizer/number_reader.h"
#include "src/whisper/normalizer/rewriting.h"

namespace tessera::whisper {
namespace {

constexpr std::size_t kNone = std::u32string_view::npos;

bool is_ascii_letter(char32_t c) { return c >= U'a' && c <= U'z'; }

/// The position behind `literal` at `position`, or kNone.
std::size_t skip(std::u32string_view text, std::size_t position, std::u32string_view literal) {
  return text.substr(position).starts_with(literal) ? position + literal.size() : kNone;
}

/// The position behind one or more white spaces at `position`, or kNone.
std::size_t skip_spaces(std::u32string_view text, std::size_t position) {
  std::size_t end = position;
  while (end < text.size() && is_space(text[end])) ++end;
  return end > position ? end : kNone;
}

/// \band\s+a\s+half\b at `position`: the position behind it, or kNone.
std::size_t skip_and_a_half(std::u32string_view text, std::size_t position) {
  if (!is_word_boundary(text, position)) return kNone;
  std::size_t end = skip(text, position, U"and");
  for (const std::u32string_view literal : {U"a", U"half"}) {
    if (end != kNone) end = skip_spaces(text, end);
    if (end != kNone) end = skip(text, end, literal);
  }
  return end != kNone && is_word_boundary(text, end) ? end : kNone;
}

/// What stands between "and a half"s.
std::vector<std::u32string_view> split_at_halves(std::u32string_view text) {
  std::vector<std::u32string_view> parts;
  std::size_t begin = 0;
  for (std::size_t i = text.find(U"and"); i != kNone;) {
    const std::size_t end = skip_and_a_half(text, i);
    if (end != kNone) {
      parts.push_back(text.substr(begin, i - begin));
      begin = end;
    }
    i = text.find(U"and", end != kNone ? end : i + 1);
  }
  parts.push_back(text.substr(begin));
  return parts;
}

/// Whether a half can be added to the number that ends with this word.
bool may_have_a_half(std::u32string_view word) {
  using Kind = NumberWord::Kind;
  const Kind kind = number_word(word).kind;
  return kind == Kind::zero || kind == Kind::one || kind == Kind::ten || kind == Kind::multiplier;
}

/// "two and a half" becomes "two point five".
std::u32string halves_as_decimals(std::u32string_view text) {
  const std::vector<std::u32string_view> parts = split_at_halves(text);
  std::vector<std::u32string> results;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::vector<std::u32string> words = split_words(parts[i]);
    if (words.empty()) continue;
    results.emplace_back(parts[i]);
    if (i + 1 == parts.size()) continue;
    results.emplace_back(may_have_a_half(words.back()) ? U"point five" : U"and a half");
  }
  return join(results, U" ");
}

/// ([a-z])([0-9]) and ([0-9])([a-z]) with a blank between the two.
std::u32string letters_apart_from_digits(std::u32string_view text) {
  std::u32string result;
  for (const char32_t c : text) {
    const char32_t before = result.empty() ? U' ' : result.back();
    const bool meet = (is_ascii_letter(before) && is_ascii_digit(c)) ||
                      (is_ascii_digit(before) && is_ascii_letter(c));
    if (meet) result += U' ';
    result += c;
  }
  return result;
}

/// The position behind a suffix of numbers, (st|nd|rd|th|s)\b, or kNone.
std::size_t skip_suffix(std::u32string_view text, std::size_t position) {
  for (const std::u32string_view suffix : {U"st", U"nd", U"rd", U"th", U"s"}) {
    const std::size_t end = skip(text, position, suffix);
    if (end != kNone && is_word_boundary(text, end)) return end;
  }
  return kNone;
}

/// ([0-9])\s+(st|nd|rd|th|s)\b without the white space.
std::u32string suffixes_behind_digits(std::u32string_view text) {
  std::u32string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    const std::size_t suffix = is_ascii_digit(text[i]) ? skip_spaces(text, i + 1) : kNone;
    const std::size_t end = suffix == kNone ? kNone : skip_suffix(text, suffix);
    if (end == kNone) continue;
    result += text.substr(suffix, end - suffix);
    i = end - 1;
  }
  return result;
}

/// ([0-9]{1,2})\b at `position`: how many digits, or 0.
std::size_t count_cents(std::u32string_view text, std::size_t position) {
  for (const std::size_t count : {2, 1}) {
    bool digits = position + count <= text.size();
    for (std::size_t i = 0; digits && i < count; ++i) digits = is_ascii_digit(text[position + i]);
    if (digits && is_word_boundary(text, position + count)) return count;
  }
  return 0;
}

bool is_currency_with_cents(char32_t c) { return c == U'€' || c == U'£' || c == U'$'; }

/// ([€£$])([0-9]+) (?:and )?¢([0-9]{1,2})\b: "$2 and ¢7" becomes "$2.07".
std::u32string cents_as_decimals(std::u32string_view text) {
  std::u32string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    if (!is_currency_with_cents(text[i])) continue;
    std::size_t whole_end = i + 1;
    while (whole_end < text.size() && is_ascii_digit(text[whole_end])) ++whole_end;
    std::size_t cents = whole_end > i + 1 ? skip(text, whole_end, U" ¢") : kNone;
    if (whole_end > i + 1 && cents == kNone) cents = skip(text, whole_end, U" and ¢");
    const std::size_t count = cents == kNone ? 0 : count_cents(text, cents);
    if (count == 0) continue;
    result.append(text.substr(i + 1, whole_end - i - 1)).append(count == 1 ? U".0" : U".");
    result += text.substr(cents, count);
    i = cents + count - 1;
  }
  return result;
}

/// [€£$]0.([0-9]{1,2})\b: "$0.07" becomes "¢7". The point stands for any character, as there.
std::u32string decimals_as_cents(std::u32string_view text) {
  std::u32string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = is_currency_with_cents(text[i]) && i + 3 < text.size() &&
                        text[i + 1] == U'0' && text[i + 2] != U'\n';
    const std::size_t count = begins ? count_cents(text, i + 3) : 0;
    if (count == 0) {
      result += text[i];
      continue;
    }
    result += U'¢';
    const bool leading_zero = count == 2 && text[i + 3] == U'0';
    result += text.substr(i + 3 + (leading_zero ? 1 : 0), count - (leading_zero ? 1 : 0));
    i += 2 + count;
  }
  return result;
}

}  // namespace

std::u32string normalize_english_numbers(std::u32string_view text) {
  const std::vector<std::u32string> words =
      split_words(suffixes_behind_digits(letters_apart_from_digits(halves_as_decimals(text))));
  std::u32string result = join(NumberReader(words).read(), U" ");
  result = decimals_as_cents(cents_as_decimals(result));
  result = replace_literal(result, {true, U"1s", U"ones"});
  return replace_literal(result, {true, U"1", U"one"});
}

}  // namespace tessera::whisper
