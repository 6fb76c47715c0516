// What a transcription gives back.
#pragma once

#include <string>
#include <vector>

namespace tessera {

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
};

/// Seconds of work on the clock in each of the five stages.
struct StageSeconds {
  double read = 0;    ///< file to samples
  double mel = 0;     ///< samples to log-mel
  double encode = 0;  ///< log-mel to states
  double decode = 0;  ///< states to tokens and text
  double write = 0;   ///< text to files; filled in by whoever writes
};

/// The transcript of one recording.
struct Result {
  std::string text;  ///< of all segments, leading blank included
  std::vector<Segment> segments;
  std::string language;  ///< code, e.g. "en"
  double duration_s = 0;
  StageSeconds seconds;
  /// What was wrong with the recording without keeping it from being transcribed, a line each.
  std::vector<std::string> warnings;
};

}  // namespace tessera
