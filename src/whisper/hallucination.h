// Text that is likely made up, told by its words, and the silence around it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "tessera/result.h"

namespace tessera::whisper {

/// Whether a segment's words are too improbable, too short or too long to have been said. A segment
/// without words is not. Source: is_segment_anomaly() of openai/whisper's transcribe.py.
bool is_anomalous(const Segment& segment);

/// A window whose segments have words.
struct JudgedWindow {
  std::span<const Segment> segments;
  double begin_s;          ///< of the window in the recording
  double end_s;            ///< 30 s later, whatever the recording's length
  double duration_s;       ///< how much of the recording it holds
  double last_speech_s;    ///< where the words before the window ended
  double content_s;        ///< duration of the recording
  bool ends_in_timestamp;  ///< the text ends with a timestamp after text: no speech follows
};

/// Where to go on instead, because silence longer than the threshold lies around text that is
/// likely made up.
struct SilenceSkip {
  /// Seconds at which the next window begins; unset: where it would without the rule.
  std::optional<double> next_s;
  bool skip_window = false;  ///< the next window begins where this one's recording ends
  std::size_t kept = 0;      ///< segments that stay, from the first; the others are dropped
  bool discarded = false;    ///< nothing of the window counts, not even the end of its speech
};

/// Source: transcribe() of openai/whisper's transcribe.py, hallucination_silence_threshold.
SilenceSkip skip_silence(const JudgedWindow& window, double threshold_s);

/// The end of the last word, or of the last segment when none has words; nothing without segments.
std::optional<double> speech_end_s(std::span<const Segment> segments);

}  // namespace tessera::whisper
