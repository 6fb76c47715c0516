// A recording from which all but speech is taken out.
#pragma once

#include <span>
#include <stop_token>
#include <vector>

#include "src/whisper/mel.h"
#include "src/whisper/vad/sample_store.h"
#include "src/whisper/vad/silero_net.h"
#include "src/whisper/vad/speech_map.h"
#include "src/whisper/vad/speech_spans.h"
#include "tessera/result.h"

namespace tessera::whisper {

struct ReadPlan;

/// Listens to samples as they come; at the end hands on those that are speech.
class SpeechReader {
 public:
  /// Loads the weights. Throws as find_vad_weights and SileroNet do.
  explicit SpeechReader(const ReadPlan& plan);

  /// Throws as require_finite.
  void push(std::span<const float> samples);

  /// Pushes the joined speech, within the clips of the plan. Throws Error{cancelled}.
  void finish(LogMelBuilder& mel, const std::stop_token& stop);

  // After finish():
  SpeechMap map() const { return map_; }
  /// What of the clips is not speech.
  std::vector<LeftOut> left_out() const { return left_out_; }

 private:
  std::vector<SampleSpan> clips() const;

  const ReadPlan& plan_;
  SileroNet net_;
  SpeechProbabilities probabilities_{net_};
  std::vector<float> frames_;  // a probability each
  SampleStore samples_;
  SpeechMap map_;
  std::vector<LeftOut> left_out_;
};

}  // namespace tessera::whisper
