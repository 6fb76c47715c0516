// A vocabulary of which a file lists only the tokens: their order tells the merges.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/whisper/vocabulary/vocabulary.h"

namespace tessera::whisper {

/// What a model's file lists, ids 0, 1, 2, ...
struct TokenList {
  std::string where;                  ///< the file, for messages
  std::vector<std::string> pieces;    ///< the bytes of the text tokens
  std::vector<std::string> specials;  ///< the special tokens behind them; none when not listed
};

/// The vocabulary of the list, or nothing when it is the official one of that size; bytes that are
/// no UTF-8 may be U+FFFD in the list then. Special tokens that are not listed are Whisper's for
/// this size.
///
/// A pair of tokens merges when the two together are a token, the lowest id first, as in tiktoken
/// (openai/tiktoken, _educational.py): so each token's merge is the pair that is left of its bytes
/// when all earlier tokens have been merged.
///
/// Throws Error{bad_file} when a token is listed twice or the list does not fit `n_vocab`,
/// Error{unsupported} when a token is longer than any of the official ones' 128 bytes doubled, or
/// is not the sum of two earlier ones.
std::optional<Vocabulary> ranked_vocabulary(TokenList list, int n_vocab);

}  // namespace tessera::whisper
