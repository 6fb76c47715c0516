// Times of speech that was cut out of a recording and joined, and where it was said.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "src/whisper/vad/speech_spans.h"
#include "tessera/result.h"

namespace tessera::whisper {

/// The way back from the joined speech to the recording. One without spans is that of a recording
/// of which nothing was cut: all times stay as they are.
class SpeechMap {
 public:
  SpeechMap() = default;

  /// `spans`: what was kept, in order, without overlap, at least one. `pad_s`: how much silence
  /// each may have at its edges.
  SpeechMap(std::span<const SampleSpan> spans, double pad_s);

  bool identity() const { return pieces_.empty(); }

  /// When in the recording something begins that begins at `joined_s`: at a joint, after it.
  double begin_s(double joined_s) const;
  /// When it ends: at a joint, before it.
  double end_s(double joined_s) const;

  /// Frames of 10 ms, as begin_s.
  int frame(int joined_frame) const;
  /// ... as end_s.
  int end_frame(int joined_frame) const;

  /// Frames of the joined speech at which silence was cut out.
  const std::vector<int>& pauses() const { return pauses_; }

  /// Moves a segment to where it was said, and its words: a word lies in one piece, that of its
  /// middle. What ends less than half a pad after a joint ended before it, and what begins less
  /// than half a pad before one began after it: between them there is only silence.
  void restore(Segment& segment) const;
  void restore(WindowReport& report) const;

 private:
  struct Piece {
    double joined_s = 0;    ///< where it begins in the joined speech
    double original_s = 0;  ///< where it begins in the recording
    double length_s = 0;
    double joined_end_s() const { return joined_s + length_s; }
    double original_end_s() const { return original_s + length_s; }
  };

  const Piece& piece_at(double joined_s) const;
  const Piece& piece_before(double joined_s) const;
  struct Interval {
    double start_s = 0;
    double end_s = 0;
  };
  Interval restored(double start_s, double end_s) const;
  Interval restored_word(double start_s, double end_s) const;

  std::vector<Piece> pieces_;
  std::vector<int> pauses_;
  double snap_s_ = 0;
};

}  // namespace tessera::whisper
