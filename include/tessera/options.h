// What a caller can choose for one transcription, and what it is told while it runs.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "tessera/result.h"

namespace tessera {

enum class Task {
  transcribe,  ///< text in the language that was spoken
  translate,   ///< text in English
};

/// Options of one transcription. The defaults are those of openai/whisper's command line where it
/// has the option.
struct Options {
  /// Spoken language: a code ("en"), a name ("english"), or empty to detect it from the first
  /// window.
  std::string language;
  Task task = Task::transcribe;
  /// Predict timestamps, which cut the text into segments; without them a window is one segment.
  bool timestamps = true;
  /// Feed the text of the previous window to the next as a prompt.
  bool condition_on_previous_text = true;
  /// A window whose no-speech probability is above this, and whose average log-probability is not
  /// above `logprob_threshold`, is silence. Unset: no window is skipped.
  std::optional<double> no_speech_threshold = 0.6;
  std::optional<double> logprob_threshold = -1.0;
  /// Token ids that may not be sampled, separated by commas; "-1" stands for the signs that are not
  /// speech. The control tokens are always suppressed. Empty: only those.
  std::string suppress_tokens = "-1";
  /// Forbid a window to begin with a blank or with its end.
  bool suppress_blank = true;
  /// The first timestamp of a window is at most this many seconds. Unset: no bound.
  std::optional<double> max_initial_timestamp_s = 1.0;
  /// Tokens sampled per window at most; 0 means half of the decoder's context (224).
  int max_tokens = 0;
  /// Channel of the recording that is transcribed, from 0; -1 mixes all channels to one.
  int channel = -1;
};

/// What a transcription reports while it runs. Every function may be empty. They are called from
/// the thread that called transcribe; an exception that one throws ends the transcription and
/// passes through.
struct Callbacks {
  /// The language, as soon as it is known, and its probability (1 when it was given).
  std::function<void(const std::string& code, double probability)> on_language;
  /// Each segment when its window is done. Empty segments are reported too.
  std::function<void(const Segment& segment)> on_segment;
  /// Seconds of sound that are done, of how many; first when the recording has been read.
  std::function<void(double done_s, double total_s)> on_progress;
  /// Asks the transcription to stop; it then throws Error{cancelled} within one layer's time.
  std::stop_token stop;
};

}  // namespace tessera
