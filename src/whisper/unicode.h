// UTF-8 and the classes of characters that the tokenizer tells apart.
#pragma once

#include <string>
#include <string_view>

namespace tessera::whisper {

/// What stands at one place of a byte string.
struct Utf8Step {
  enum class Kind {
    character,  ///< a whole, well-formed character
    invalid,    ///< bytes that begin no character
    truncated,  ///< the beginning of a character, cut by the end of the string
  };
  Kind kind = Kind::invalid;
  char32_t code_point = 0;  ///< of a character, else 0
  /// Bytes taken. Of ill-formed text this is the maximal subpart (Unicode 15, section 3.9): as many
  /// bytes as could begin a character, at least one. Decoders put one U+FFFD in their place.
  int length = 1;
};

/// Reads at `position`, which is less than text.size(). Surrogates, overlong forms and values above
/// U+10FFFF are ill-formed.
Utf8Step next_utf8(std::string_view text, std::size_t position);

/// `bytes` with every maximal ill-formed subpart replaced by U+FFFD, the same as Python's
/// bytes.decode("utf-8", errors="replace").
std::string valid_utf8(std::string_view bytes);

/// Makes valid text of bytes that arrive in pieces: a token's bytes may end inside a character.
class Utf8Assembler {
 public:
  /// Takes more bytes; gives the text that is certain now. The beginning of a character waits for
  /// its end, at most three bytes.
  std::string push(std::string_view bytes);
  /// The end of the text: U+FFFD when a character was left unfinished, else nothing.
  std::string flush();

 private:
  std::string tail_;
};

enum class CharacterClass { letter, number, white_space, other };

/// The class of a code point as in the regular expressions \p{L}, \p{N} and \s (White_Space).
/// Letters and numbers are those of utf8proc's Unicode version: scripts that a later version added
/// count as `other`.
CharacterClass character_class(char32_t code_point);

}  // namespace tessera::whisper
