#include "src/whisper/stream/voice_activity.h"

#include <cmath>

#include "src/whisper/vad/speech_spans.h"
#include "src/whisper/vad/vad_weights.h"

namespace tessera::whisper {
namespace {

SpeechEdges speech_edges(const Options& options, int endpoint_silence_ms) {
  const SpeechRules rules = speech_rules(options);
  const double frames = endpoint_silence_ms / (1000 * VoiceActivity::kFrame_s);
  return {rules.threshold, rules.neg_threshold, static_cast<int>(std::ceil(frames))};
}

}  // namespace

VoiceActivity::VoiceActivity(const Options& options, int endpoint_silence_ms)
    : net_(SileroWeights(find_vad_weights(options.vad_model))),
      edges_(speech_edges(options, endpoint_silence_ms)) {}

SpeechEdges::Edge VoiceActivity::push(std::span<const float> frame) {
  float probability = 0;
  net_.run(frame, state_, {&probability, 1});
  return edges_.push(probability);
}

}  // namespace tessera::whisper
