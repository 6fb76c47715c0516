#include "src/whisper/vad/speech_spans.h"

#include <algorithm>
#include <cmath>

#include "src/whisper/audio.h"
#include "src/whisper/vad/silero_net.h"

namespace tessera::whisper {
namespace {

constexpr std::int64_t kSamplesPerMs = kSampleRateHz / 1000;
// Pauses at which speech that is too long may be cut (Silero's get_speech_timestamps).
constexpr double kUnbounded_s = 1e9;
constexpr std::int64_t kMinPauseSamples = 98 * kSamplesPerMs;

/// Reads probabilities frame by frame; spans are not padded yet.
class SpanFinder {
 public:
  explicit SpanFinder(const SpeechRules& rules) : rules_(rules) {}

  void add(double probability) {
    const std::int64_t at = position_;
    position_ += SileroNet::kFrameSamples;
    const bool speech = probability >= rules_.threshold;
    if (begin_ == kNone) {
      if (speech) begin_ = at;
      return;
    }
    if (speech && silence_ != kNone) {
      silence_ = kNone;
      if (pause_ != kNone && resumed_ == kNone) resumed_ = at;
    }
    if (rules_.max_speech_samples && at - begin_ > *rules_.max_speech_samples) {
      if (!end_too_long(at)) return;
    }
    if (begin_ != kNone && probability < rules_.neg_threshold) hear_silence(at);
  }

  std::vector<SampleSpan> finish(std::int64_t samples) {
    if (begin_ != kNone && samples - begin_ > rules_.min_speech_samples) {
      spans_.push_back({begin_, samples});
    }
    return std::move(spans_);
  }

 private:
  static constexpr std::int64_t kNone = -1;

  /// Whether the frame that made it too long is still to be listened to.
  bool end_too_long(std::int64_t at) {
    const bool paused = pause_ != kNone;
    spans_.push_back({begin_, paused ? pause_ : at});
    const std::int64_t next = resumed_;  // none: nothing was said since the pause
    forget();
    begin_ = next;
    return paused;
  }

  void hear_silence(std::int64_t at) {
    if (silence_ == kNone) silence_ = at;
    const std::int64_t silent = at - silence_;
    if (silent > kMinPauseSamples) {
      pause_ = silence_;
      resumed_ = kNone;
    }
    if (silent < rules_.min_silence_samples) return;
    if (silence_ - begin_ > rules_.min_speech_samples) spans_.push_back({begin_, silence_});
    forget();
  }

  void forget() { begin_ = silence_ = pause_ = resumed_ = kNone; }

  const SpeechRules& rules_;
  std::int64_t position_ = 0;     // of the next frame
  std::int64_t begin_ = kNone;    // of the speech that goes on
  std::int64_t silence_ = kNone;  // where the silence began that may end it
  std::int64_t pause_ = kNone;    // the last one that is long enough to cut at
  std::int64_t resumed_ = kNone;  // where speech went on after it
  std::vector<SampleSpan> spans_;
};

void pad(std::vector<SampleSpan>& spans, std::int64_t samples, std::int64_t pad_samples) {
  if (spans.empty()) return;
  spans.front().begin = std::max<std::int64_t>(0, spans.front().begin - pad_samples);
  for (std::size_t i = 0; i + 1 < spans.size(); ++i) {
    const std::int64_t silence = spans[i + 1].begin - spans[i].end;
    const std::int64_t added = silence < 2 * pad_samples ? silence / 2 : pad_samples;
    spans[i].end += added;
    spans[i + 1].begin -= added;
  }
  spans.back().end = std::min(samples, spans.back().end + pad_samples);
}

}  // namespace

SpeechRules speech_rules(const Options& options) {
  const bool batched = options.batch_size > 1;
  SpeechRules rules;
  rules.threshold = options.vad_threshold;
  rules.neg_threshold =
      options.vad_neg_threshold.value_or(std::max(options.vad_threshold - 0.15, 0.01));
  rules.min_speech_samples = options.vad_min_speech_duration_ms * kSamplesPerMs;
  rules.min_silence_samples =
      options.vad_min_silence_duration_ms.value_or(batched ? 160 : 2000) * kSamplesPerMs;
  rules.pad_samples = options.vad_speech_pad_ms * kSamplesPerMs;
  std::optional<double> longest_s = options.vad_max_speech_duration_s;
  if (!longest_s && batched) longest_s = 30;
  if (longest_s && *longest_s < kUnbounded_s) {
    rules.max_speech_samples =
        std::llround(*longest_s * kSampleRateHz) - SileroNet::kFrameSamples - 2 * rules.pad_samples;
  }
  return rules;
}

std::vector<SampleSpan> find_speech(std::span<const float> probabilities, std::int64_t samples,
                                    const SpeechRules& rules) {
  SpanFinder finder(rules);
  for (const float probability : probabilities) finder.add(probability);
  std::vector<SampleSpan> spans = finder.finish(samples);
  pad(spans, samples, rules.pad_samples);
  return spans;
}

std::vector<SampleSpan> intersect(std::span<const SampleSpan> spans,
                                  std::span<const SampleSpan> clips) {
  std::vector<SampleSpan> parts;
  for (const SampleSpan& span : spans) {
    for (const SampleSpan& clip : clips) {
      const SampleSpan part{std::max(span.begin, clip.begin), std::min(span.end, clip.end)};
      if (part.begin < part.end) parts.push_back(part);
    }
  }
  return parts;
}

}  // namespace tessera::whisper
