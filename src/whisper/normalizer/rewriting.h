// The rewriting steps that the rules of the normalisers are made of. Each stands for one regular
// expression of openai/whisper's normalizers, which its comment quotes; all work from left to right
// and never on what they wrote themselves.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tessera::whisper {

/// \b: whether exactly one side of `position` is a word character.
bool is_word_boundary(std::u32string_view text, std::size_t position);

/// [<\[][^>\]]*[>\]] and \(([^)]+?)\) removed: remarks in brackets that nobody said.
std::u32string remove_bracketed(std::u32string_view text);

/// A literal and what stands in its place; it ends at a word boundary.
struct Replacement {
  bool begins_at_boundary;
  std::u32string_view literal;
  std::u32string_view replacement;
};
std::u32string replace_literal(std::u32string_view text, const Replacement& rule);

/// NFKC, then a blank for every mark, symbol and punctuation.
std::u32string blank_symbols(std::u32string_view text);

/// NFKD, then letters without their diacritics, a blank for every other mark, symbol and
/// punctuation that is not in `keep`.
std::u32string blank_symbols_and_diacritics(std::u32string_view text, std::u32string_view keep);

/// \s+ to one blank.
std::u32string squeeze_spaces(std::u32string_view text);

}  // namespace tessera::whisper
