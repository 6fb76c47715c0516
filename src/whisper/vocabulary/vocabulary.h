// What a tokenizer is made of, wherever it comes from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/whisper/bpe.h"

namespace tessera::whisper {

/// Ids are dense: first those of text, then the special ones.
struct Vocabulary {
  std::string where;                  ///< file or name, for messages
  std::vector<std::string> pieces;    ///< the bytes of text token `id`
  std::vector<Merge> merges;          ///< by rank, of text tokens
  std::vector<std::string> specials;  ///< the name of id pieces.size() + i, e.g. "<|en|>"
};

/// Whether a token's text has the form of a special token's name, <|...|>.
inline bool is_special_name(std::string_view text) {
  return text.size() >= 4 && text.starts_with("<|") && text.ends_with("|>");
}

/// The 256 bytes in the order of GPT-2's alphabet, which writes byte order[i] as the character
/// itself for the 188 printable ones of Latin-1, which come first, and as U+0100 + (i - 188) for
/// the others.
std::string gpt2_byte_order();
inline constexpr int kPrintableBytes = 188;

/// Undoes GPT-2's way of writing bytes as characters. Nothing when a character of `text`, which is
/// UTF-8, stands for no byte.
std::optional<std::string> gpt2_bytes(std::string_view text);

}  // namespace tessera::whisper
