#include "src/whisper/normalizer/rewriting.h"

#include "src/whisper/normalizer/code_points.h"

namespace tessera::whisper {
namespace {

constexpr std::size_t kNone = std::u32string_view::npos;

std::u32string remove_square_and_angle_brackets(std::u32string_view text) {
  std::u32string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool opens = text[i] == U'<' || text[i] == U'[';
    const std::size_t end = opens ? text.find_first_of(U">]", i + 1) : kNone;
    // When one bracket is not closed, no later one is either, and there is nothing left to remove.
    if (opens && end == kNone) return result.append(text.substr(i));
    if (opens) {
      i = end;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::u32string remove_parentheses(std::u32string_view text) {
  std::u32string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool opens = text[i] == U'(';
    const std::size_t end = opens ? text.find(U')', i + 1) : kNone;
    if (opens && end == kNone) return result.append(text.substr(i));
    if (opens && end > i + 1) {
      i = end;
    } else {
      result += text[i];  // "()" stays
    }
  }
  return result;
}

/// Letters that NFKD leaves whole.
std::u32string_view without_diacritic(char32_t c) {
  switch (c) {
    case U'œ':
      return U"oe";
    case U'Œ':
      return U"OE";
    case U'ø':
      return U"o";
    case U'Ø':
      return U"O";
    case U'æ':
      return U"ae";
    case U'Æ':
      return U"AE";
    case U'ß':
      return U"ss";
    case U'ẞ':
      return U"SS";
    case U'đ':
      return U"d";
    case U'Đ':
      return U"D";
    case U'ð':
      return U"d";
    case U'Ð':
      return U"D";
    case U'þ':
    case U'Þ':
      return U"th";
    case U'ł':
      return U"l";
    case U'Ł':
      return U"L";
    default:
      return {};
  }
}

}  // namespace

bool is_word_boundary(std::u32string_view text, std::size_t position) {
  const bool before = position > 0 && is_word_character(text[position - 1]);
  const bool after = position < text.size() && is_word_character(text[position]);
  return before != after;
}

std::u32string remove_bracketed(std::u32string_view text) {
  return remove_parentheses(remove_square_and_angle_brackets(text));
}

std::u32string replace_literal(std::u32string_view text, const Replacement& rule) {
  std::u32string result;
  std::size_t done = 0;
  for (std::size_t at = text.find(rule.literal); at != kNone;) {
    const std::size_t end = at + rule.literal.size();
    const bool matches =
        (!rule.begins_at_boundary || is_word_boundary(text, at)) && is_word_boundary(text, end);
    if (matches) {
      result.append(text.substr(done, at - done)).append(rule.replacement);
      done = end;
    }
    at = text.find(rule.literal, matches ? end : at + 1);
  }
  return result.append(text.substr(done));
}

std::u32string blank_symbols(std::u32string_view text) {
  std::u32string result = nfkc(text);
  for (char32_t& c : result) {
    if (is_mark_symbol_or_punctuation(c)) c = U' ';
  }
  return result;
}

std::u32string blank_symbols_and_diacritics(std::u32string_view text, std::u32string_view keep) {
  std::u32string result;
  for (const char32_t c : nfkd(text)) {
    if (keep.find(c) != kNone) {
      result += c;
    } else if (const std::u32string_view plain = without_diacritic(c); !plain.empty()) {
      result += plain;
    } else if (!is_nonspacing_mark(c)) {
      result += is_mark_symbol_or_punctuation(c) ? U' ' : c;
    }
  }
  return result;
}

std::u32string squeeze_spaces(std::u32string_view text) {
  std::u32string result;
  bool in_space = false;
  for (const char32_t c : text) {
    const bool space = is_space(c);
    if (!space) {
      result += c;
    } else if (!in_space) {
      result += U' ';
    }
    in_space = space;
  }
  return result;
}

}  // namespace tessera::whisper
