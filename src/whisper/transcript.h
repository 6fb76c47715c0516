// The text of a recording as it grows window by window, and where the next window begins.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "src/whisper/decoder.h"
#include "src/whisper/tokenizer.h"
#include "tessera/options.h"
#include "tessera/result.h"

namespace tessera::whisper {

/// The state of the window loop of openai/whisper's transcribe(): segments, the tokens that later
/// windows are prompted with, and the position in the recording.
class Transcript {
 public:
  Transcript(const Tokenizer& tokenizer, const Options& options, int content_frames)
      : tokenizer_(tokenizer), options_(options), content_frames_(content_frames) {}

  bool complete() const { return seek_frames_ >= content_frames_; }
  /// Where the next window begins, and how much of the recording it holds, in frames of 10 ms.
  int seek_frames() const { return seek_frames_; }
  int window_frames() const;
  double done_s() const;

  /// Tokens to prompt the next window with, all of them; the decoder takes the last ones.
  std::span<const int> history() const;

  /// Adds what was understood in the window and moves on. Returns its segments, none when the
  /// window is silence.
  std::span<const Segment> add_window(const WindowText& window);

  /// Text of all segments so far.
  std::string text() const { return tokenizer_.decode(tokens_); }
  std::vector<Segment> take_segments() { return std::move(segments_); }

 private:
  bool is_silence(const WindowText& window) const;
  Segment make_segment(const WindowText& window, std::span<const int> tokens, double start_s,
                       double end_s) const;

  const Tokenizer& tokenizer_;
  Options options_;
  int content_frames_;
  int seek_frames_ = 0;
  std::vector<Segment> segments_;
  std::vector<int> tokens_;
  std::size_t history_begin_ = 0;  // tokens before this one are not prompted with
};

}  // namespace tessera::whisper
