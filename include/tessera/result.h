// What a transcription gives back.
#pragma once

#include <string>
#include <vector>

#include "tessera/export.h"

namespace tessera {

/// A word and when it was said.
struct Word {
  std::string text;    ///< UTF-8, with its leading blank and its punctuation
  double start_s = 0;  ///< from the beginning of the recording, rounded to 0.01 s
  double end_s = 0;
  double probability = 0;  ///< mean of its tokens' probabilities
};

/// A stretch of speech with its text, as openai/whisper's segments.
struct Segment {
  int id = 0;           ///< position in the recording, from 0
  int seek_frames = 0;  ///< where its window began, in frames of 10 ms
  double start_s = 0;   ///< from the beginning of the recording
  double end_s = 0;
  std::string text;         ///< UTF-8, usually with a leading blank; empty when nothing was said
  std::vector<int> tokens;  ///< the tokens it was decoded from, timestamps included
  double temperature = 0;
  double avg_logprob = 0;        ///< of the window's tokens
  double compression_ratio = 0;  ///< of the window's text: UTF-8 bytes by zlib's bytes
  double no_speech_prob = 0;     ///< of the window
  std::vector<Word> words;       ///< with Options::word_timestamps
  std::string speaker;           ///< who said it, where channels tell; empty: not known
};

/// One try to decode a window.
struct WindowAttempt {
  double temperature = 0;
  double avg_logprob = 0;
  double compression_ratio = 0;
  bool too_repetitive = false;  ///< above Options::compression_ratio_threshold
  bool too_unlikely = false;    ///< below Options::logprob_threshold
};

/// What was done with one window of the recording.
struct WindowReport {
  int seek_frames = 0;                  ///< where it began, in frames of 10 ms
  int frames = 0;                       ///< how much of the recording it held
  std::vector<WindowAttempt> attempts;  ///< the last one's text was taken
  double no_speech_prob = 0;
  bool silence = false;      ///< skipped as silence
  int next_frames = 0;       ///< where the next window begins
  int dropped_segments = 0;  ///< left out by Options::hallucination_silence_threshold_s
  /// Decoded once more, since every attempt before was refused or said what windows before had
  /// said: in batches with the text before it, else without.
  bool retried = false;
  bool repetition = false;  ///< left out by Options::max_repeated_windows
};

/// A stretch of the recording, or text of it, that is not in the transcript although it is in what
/// was asked for.
struct LeftOut {
  enum class Reason {
    no_speech,   ///< Options::vad_filter heard no speech there; there is no text
    repetition,  ///< the same text over and over, which was likely made up
  };
  Reason reason = Reason::no_speech;
  double start_s = 0;
  double end_s = 0;
  std::string text;  ///< that was left out
};

/// "no_speech" or "repetition".
TESSERA_API const char* left_out_reason_name(LeftOut::Reason reason);

/// Seconds of work on the clock in each of the five stages.
struct StageSeconds {
  double read = 0;    ///< file to samples
  double mel = 0;     ///< samples to log-mel
  double encode = 0;  ///< log-mel to states
  double decode = 0;  ///< states to tokens and text
  double write = 0;   ///< text to files; filled in by whoever writes
  /// Of read and mel, what was done while another recording was transcribed (see
  /// Transcriber::read_ahead), and so takes no time of this one's.
  double ahead = 0;
};

/// The transcript of one recording.
struct Result {
  std::string text;  ///< of all segments, leading blank included
  std::vector<Segment> segments;
  std::string language;             ///< code, e.g. "en"
  double language_probability = 1;  ///< 1 when the language was given
  bool has_words = false;           ///< whether word times were asked for
  double duration_s = 0;
  std::vector<LeftOut> left_out;  ///< by their beginnings
  StageSeconds seconds;
  /// What was wrong with the recording without keeping it from being transcribed, a line each.
  std::vector<std::string> warnings;
};

}  // namespace tessera
