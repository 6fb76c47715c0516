// Where utterances begin and end, frame by frame.
#pragma once

namespace tessera::whisper {

/// The rules of Silero VAD for sound that goes on: a frame that is at least as likely as
/// `threshold` begins speech; so many frames in a row end it of which none reaches the threshold
/// and the first is below `neg_threshold`.
class SpeechEdges {
 public:
  SpeechEdges(double threshold, double neg_threshold, int silent_frames)
      : threshold_(threshold), neg_threshold_(neg_threshold), silent_frames_(silent_frames) {}

  enum class Edge { none, begin, end };
  /// Takes the probability of the next frame; says whether an utterance begins with it or ends
  /// after it.
  Edge push(double probability);

  bool speaking() const { return speaking_; }
  /// Frames since the one that speech ended before; 0 while somebody speaks.
  int silence() const { return silence_; }

 private:
  double threshold_;
  double neg_threshold_;
  int silent_frames_;
  bool speaking_ = false;
  int silence_ = 0;
};

}  // namespace tessera::whisper
