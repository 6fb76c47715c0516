#include "src/whisper/bpe_split.h"

#include <cstddef>

#include "src/whisper/unicode.h"

namespace tessera::whisper {
namespace {

struct Character {
  CharacterClass kind = CharacterClass::other;
  std::size_t length = 1;  // bytes
};

Character character_at(std::string_view text, std::size_t position) {
  const Utf8Step step = next_utf8(text, position);
  if (step.kind != Utf8Step::Kind::character) return {};
  return {character_class(step.code_point), static_cast<std::size_t>(step.length)};
}

/// Length of the contraction that `text` begins with, or 0.
std::size_t contraction_length(std::string_view text) {
  for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
    if (text.starts_with(ending)) return ending.size();
  }
  return 0;
}

/// Length of the white space that `text` begins with, without its last character when that one can
/// go with the word after it: `\s+(?!\S)|\s+`.
std::size_t white_space_length(std::string_view text) {
  std::size_t end = 0;
  std::size_t last = 0;  // where the last white space character begins
  while (end < text.size()) {
    const Character c = character_at(text, end);
    if (c.kind != CharacterClass::white_space) return last == 0 ? end : last;
    last = end;
    end += c.length;
  }
  return end;
}

/// Length of the characters of one class from `begin` on, plus `begin`.
std::size_t run_end(std::string_view text, std::size_t begin, CharacterClass kind) {
  std::size_t end = begin;
  while (end < text.size()) {
    const Character c = character_at(text, end);
    if (c.kind != kind) break;
    end += c.length;
  }
  return end;
}

/// Length of the first word of a text that is not empty.
std::size_t word_length(std::string_view text) {
  if (const std::size_t length = contraction_length(text); length > 0) return length;
  const std::size_t begin = text.size() > 1 && text[0] == ' ' ? 1 : 0;
  const CharacterClass kind = character_at(text, begin).kind;
  if (kind != CharacterClass::white_space) return run_end(text, begin, kind);
  return white_space_length(text);
}

}  // namespace

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t length = word_length(text);
    words.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return words;
}

}  // namespace tessera::whisper
