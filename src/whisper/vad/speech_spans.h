// Where there is speech, from the probability of each frame.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tessera/options.h"

namespace tessera::whisper {

/// Samples [begin, end) of a recording at 16 kHz.
struct SampleSpan {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  bool operator==(const SampleSpan&) const = default;
};

/// The options that begin with vad_, in samples.
struct SpeechRules {
  double threshold = 0.5;
  double neg_threshold = 0.35;
  std::int64_t min_speech_samples = 0;
  std::optional<std::int64_t> max_speech_samples;  ///< of a span before it is padded
  std::int64_t min_silence_samples = 0;
  std::int64_t pad_samples = 0;
  bool operator==(const SpeechRules&) const = default;
};

/// What unset options mean depends on whether windows are decoded in batches.
SpeechRules speech_rules(const Options& options);

/// Spans of speech, in order and without overlap, by faster-whisper's rules (get_speech_timestamps
/// of its version 1.2.1, which go back to Silero's own):
///
/// - Speech begins with a frame at `threshold` or above, and ends where at least
///   `min_silence_samples` follow in which no frame reaches it and the first is below
///   `neg_threshold`. What is not longer than `min_speech_samples` is none.
/// - Speech longer than `max_speech_samples` ends at its last pause of more than 98 ms, or else
///   there.
/// - Each span grows by `pad_samples` on both sides; where the silence between two is shorter than
///   both pads, each takes half of it.
///
/// `probabilities` are of SileroNet::kFrameSamples each, the last one perhaps beyond `samples`.
std::vector<SampleSpan> find_speech(std::span<const float> probabilities, std::int64_t samples,
                                    const SpeechRules& rules);

/// The parts of `spans` that lie in one of `clips`; both in order and without overlap.
std::vector<SampleSpan> intersect(std::span<const SampleSpan> spans,
                                  std::span<const SampleSpan> clips);

}  // namespace tessera::whisper
