#include "src/whisper/word_split.h"

#include <algorithm>
#include <array>
#include <utility>

#include "src/whisper/text_measures.h"
#include "src/whisper/unicode.h"

namespace tessera::whisper {
namespace {

constexpr char32_t kReplacement = U'\uFFFD';
constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
constexpr std::array<std::string_view, 6> kLanguagesWithoutBlanks = {"zh", "ja", "th",
                                                                     "lo", "my", "yue"};

std::u32string code_points(std::string_view text) {
  std::u32string points;
  for (std::size_t i = 0; i < text.size();) {
    const Utf8Step step = next_utf8(text, i);
    points += step.kind == Utf8Step::Kind::character ? step.code_point : kReplacement;
    i += static_cast<std::size_t>(step.length);
  }
  return points;
}

/// Pieces of whole characters. A replacement character ends a piece only where the whole text has
/// one, too: there the bytes are no character whatever follows. (Behind the whole text's end there
/// is none; openai/whisper fails there.)
std::vector<WordTokens> split_at_characters(const Tokenizer& tokenizer,
                                            std::span<const int> tokens) {
  const std::u32string whole = code_points(tokenizer.decode_with_timestamps(tokens));
  std::vector<WordTokens> pieces;
  std::size_t offset = 0;  // of the piece, in characters of the whole text
  WordTokens piece;
  for (const int token : tokens) {
    piece.tokens.push_back(token);
    piece.text = tokenizer.decode_with_timestamps(piece.tokens);
    const std::u32string decoded = code_points(piece.text);
    const std::size_t broken = decoded.find(kReplacement);
    if (broken != std::u32string::npos) {
      const std::size_t place = offset + broken;
      if (place >= whole.size() || whole[place] != kReplacement) continue;
    }
    offset += decoded.size();
    pieces.push_back(std::exchange(piece, {}));
  }
  return pieces;
}

bool begins_word(const WordTokens& piece, int eot) {
  return piece.tokens.front() >= eot || piece.text.starts_with(' ') ||
         kPunctuation.find(strip(piece.text)) != std::string_view::npos;
}

}  // namespace

std::vector<WordTokens> split_to_words(const Tokenizer& tokenizer, std::string_view language,
                                       std::span<const int> tokens) {
  std::vector<WordTokens> pieces = split_at_characters(tokenizer, tokens);
  if (std::ranges::find(kLanguagesWithoutBlanks, language) != kLanguagesWithoutBlanks.end()) {
    return pieces;
  }
  std::vector<WordTokens> words;
  for (WordTokens& piece : pieces) {
    if (words.empty() || begins_word(piece, tokenizer.eot())) {
      words.push_back(std::move(piece));
    } else {
      words.back().text += piece.text;
      words.back().tokens.insert(words.back().tokens.end(), piece.tokens.begin(),
                                 piece.tokens.end());
    }
  }
  return words;
}

}  // namespace tessera::whisper
