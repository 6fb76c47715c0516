// The two vocabularies of OpenAI's models, which the library carries inside itself.
#pragma once

#include "src/whisper/vocabulary/vocabulary.h"

namespace tessera::whisper {

/// Embeddings of this size and above belong to multilingual models, below to English ones.
inline constexpr int kFirstMultilingualVocabulary = 51865;

/// The vocabulary of an official model with `n_vocab` rows in its embedding: 51864 is the English
/// one, 51865 the multilingual one with 99 languages, any larger number the one with 100, whose
/// rows above 51865 are padding. The timestamps, which follow the last special token, are not
/// listed.
/// Throws Error{unsupported} for other numbers.
Vocabulary official_vocabulary(int n_vocab);

}  // namespace tessera::whisper
