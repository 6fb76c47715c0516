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

/// The words of segments whose times begin at `offset_s` of the stream. Segments without text have
/// none.
std::vector<HeardWord> heard_words(std::span<const Segment> segments, double offset_s);

}  // namespace tessera::whisper
