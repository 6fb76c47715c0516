#include "src/whisper/stream/speech_edges.h"

namespace tessera::whisper {

SpeechEdges::Edge SpeechEdges::push(double probability) {
  if (probability >= threshold_) {
    silence_ = 0;
    if (speaking_) return Edge::none;
    speaking_ = true;
    return Edge::begin;
  }
  if (!speaking_) return Edge::none;
  if (silence_ > 0 || probability < neg_threshold_) ++silence_;
  if (silence_ < silent_frames_) return Edge::none;
  speaking_ = false;
  silence_ = 0;
  return Edge::end;
}

}  // namespace tessera::whisper
