// Silero VAD over a stream.
#pragma once

#include <span>

#include "src/whisper/stream/speech_edges.h"
#include "src/whisper/vad/silero_net.h"
#include "tessera/options.h"

namespace tessera::whisper {

class VoiceActivity {
 public:
  static constexpr double kFrame_s = 0.032;

  /// Loads the weights. Throws as find_vad_weights and SileroNet.
  VoiceActivity(const Options& options, int endpoint_silence_ms);

  /// Takes the next SileroNet::kFrameSamples samples.
  SpeechEdges::Edge push(std::span<const float> frame);

  bool speaking() const { return edges_.speaking(); }
  /// How long nobody has spoken in the utterance that goes on.
  double silence_s() const { return edges_.silence() * kFrame_s; }

 private:
  SileroNet net_;
  SileroNet::State state_;
  SpeechEdges edges_;
};

}  // namespace tessera::whisper
