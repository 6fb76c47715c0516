// A word as one decoding of a stream's buffer has it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/result.h"

namespace tessera::whisper {

struct HeardWord {
  Word word;        ///< times are the stream's
  std::string key;  ///< what counts when two decodings are compared
  bool begins_segment = false;
};

/// A word without case, punctuation and blanks; as it is when nothing else is in it.
std::string word_key(std::string_view text);

/// Fits the word times of a segment to its time stamps, which a model is trained on; those of words
/// come from where its decoder listened, and that is vague when the sound was cut. The last word
/// reaches to the segment's end. When it would have to be longer or shorter by more than 0.5 s, the
/// words share the segment's time by their letters instead.
void fit_word_times(std::span<Word> words, double start_s, double end_s);

/// The words of a segment, moved to where its window begins in the stream.
std::vector<HeardWord> heard_words(std::vector<Word> words, double window_s);

}  // namespace tessera::whisper
