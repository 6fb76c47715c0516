// What a stream tells of its words.
#pragma once

#include <span>
#include <vector>

#include "src/whisper/stream/heard_word.h"
#include "tessera/stream.h"

namespace tessera::whisper {

/// Makes events of words: final ones gather to segments.
class StreamReport {
 public:
  /// Borrows the callbacks.
  explicit StreamReport(const StreamCallbacks& callbacks) : callbacks_(callbacks) {}

  /// More words are final.
  void add_final(std::span<const HeardWord> words);
  /// What comes after them and may change; nothing is told when it is the same as before.
  void set_partial(std::span<const HeardWord> words);
  /// The utterance ends: so does its last segment. Nothing is told of one without words.
  void end_utterance(double at_s);

 private:
  void end_segment();

  const StreamCallbacks& callbacks_;
  std::vector<Word> segment_;  // final words of the segment that goes on
  std::string partial_;
  bool has_words_ = false;  // the utterance
};

}  // namespace tessera::whisper
