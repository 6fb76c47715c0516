#include "src/whisper/vad/speech_reader.h"

#include <algorithm>
#include <cmath>

#include "src/whisper/audio.h"
#include "src/whisper/recording.h"
#include "src/whisper/vad/vad_weights.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

double seconds(std::int64_t samples) { return static_cast<double>(samples) / kSampleRateHz; }

/// What of `clips` is in none of `spans`; all in order and without overlap.
std::vector<LeftOut> gaps(const std::vector<SampleSpan>& clips,
                          const std::vector<SampleSpan>& spans) {
  std::vector<LeftOut> gaps;
  const auto add = [&gaps](std::int64_t begin, std::int64_t end) {
    if (begin >= end) return;
    gaps.push_back({.reason = LeftOut::Reason::no_speech,
                    .start_s = seconds(begin),
                    .end_s = seconds(end),
                    .text = {}});
  };
  for (const SampleSpan& clip : clips) {
    std::int64_t begin = clip.begin;
    for (const SampleSpan& span : spans) {
      if (span.end <= clip.begin || span.begin >= clip.end) continue;
      add(begin, span.begin);
      begin = span.end;
    }
    add(begin, clip.end);
  }
  return gaps;
}

}  // namespace

SpeechReader::SpeechReader(const ReadPlan& plan)
    : plan_(plan), net_(SileroWeights(find_vad_weights(plan.vad_model))) {}

void SpeechReader::push(std::span<const float> samples) {
  require_finite(samples, samples_.size());
  probabilities_.push(samples, frames_);
  samples_.push(samples);
}

std::vector<SampleSpan> SpeechReader::clips() const {
  std::vector<std::int64_t> edges;
  for (const double at_s : plan_.clips_s) {
    edges.push_back(
        std::min(std::llround(at_s * kSampleRateHz), static_cast<long long>(samples_.size())));
  }
  if (edges.empty()) edges.push_back(0);
  if (edges.size() % 2 == 1) edges.push_back(samples_.size());
  std::vector<SampleSpan> clips;
  for (std::size_t i = 0; i < edges.size(); i += 2) {
    if (edges[i] < edges[i + 1]) clips.push_back({edges[i], edges[i + 1]});
  }
  return clips;
}

void SpeechReader::finish(LogMelBuilder& mel, const std::stop_token& stop) {
  probabilities_.finish(frames_);
  const std::vector<SampleSpan> clips = this->clips();
  const std::vector<SampleSpan> speech =
      intersect(find_speech(frames_, samples_.size(), plan_.rules), clips);
  left_out_ = gaps(clips, speech);
  map_ = SpeechMap(speech, seconds(plan_.rules.pad_samples));
  for (const SampleSpan& span : speech) {
    samples_.read(span, [&](std::span<const float> samples) {
      if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
      mel.push(samples);
    });
  }
}

}  // namespace tessera::whisper
