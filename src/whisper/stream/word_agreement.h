// Which words of a stream are final: those on which two decodings of its buffer agree.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "src/whisper/stream/heard_word.h"

namespace tessera::whisper {

/// How many words at the beginning of `hypothesis` say what is committed already, when both begin
/// at the same place: so many that the fewest edits are between them; of equals, those that end
/// nearest to where the committed ones do. When all of these have been cut off, the words whose
/// middle lies before their end: what is left of the last one may be heard again.
std::size_t committed_prefix(std::span<const HeardWord> committed,
                             std::span<const HeardWord> hypothesis, double committed_end_s);

/// How many words two decodings in a row agree on from their beginning. Case and punctuation do
/// not count, but for the last word of the newer one: the model likes to end a text with a full
/// stop, wherever the sound was cut. So it has to be the same in both and to end before
/// `settled_s`.
std::size_t agreed_words(std::span<const HeardWord> older, std::span<const HeardWord> newer,
                         double settled_s);

/// LocalAgreement-2 over the decodings of a growing buffer.
class WordAgreement {
 public:
  /// Takes the next decoding; returns the words that it makes final.
  std::vector<HeardWord> update(std::vector<HeardWord> hypothesis, double settled_s);

  /// All of the last decoding is final; returns what was not yet.
  std::vector<HeardWord> take_rest();

  /// The last decoding after the final words: what may still change.
  std::span<const HeardWord> open() const { return open_; }
  /// Final words that are still in the buffer.
  std::span<const HeardWord> committed() const { return committed_; }
  /// Where the final words end.
  double committed_end_s() const { return committed_end_s_; }

  /// The buffer now begins at `at_s`; returns the final words that begin before, which are not in
  /// it any more.
  std::vector<HeardWord> forget_before(double at_s);

 private:
  std::vector<HeardWord> commit(std::size_t count);

  std::vector<HeardWord> committed_;
  std::vector<HeardWord> open_;
  double committed_end_s_ = 0;
};

}  // namespace tessera::whisper
