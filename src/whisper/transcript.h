// The text of a recording as it grows window by window, and where the next window begins.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "src/whisper/decoder.h"
#include "src/whisper/timestamps.h"
#include "src/whisper/tokenizer.h"
#include "src/whisper/window_cuts.h"
#include "tessera/options.h"
#include "tessera/result.h"

namespace tessera::whisper {

/// Finds the words of a window's segments; `last_speech_s` is where the words before it ended.
using AlignWords = std::function<void(std::span<Segment> segments, double last_speech_s)>;

/// Whether the thresholds of the options say that nothing was said in a window.
bool is_silence(const Options& options, const WindowText& window);

/// The segments of a window that has no history and no successor to repeat its end: text that stays
/// open is kept, unless it was cut short; then the window is decoded again from where it broke off.
WindowSplit split_independent(const WindowText& window, int timestamp_begin, int window_frames);

/// The state of the window loop of openai/whisper's transcribe(): segments, the tokens that later
/// windows are prompted with, and the position in the recording.
class Transcript {
 public:
  /// `initial_prompt`: what the first window is prompted with. `max_history_tokens`: what the
  /// decoder is shown at most, see PromptBuilder.
  Transcript(const Tokenizer& tokenizer, const Options& options, int content_frames,
             std::vector<int> initial_prompt = {}, std::size_t max_history_tokens = 223);

  /// The transcript of windows that know nothing of each other, which are added in their order.
  Transcript(const Tokenizer& tokenizer, const Options& options, int content_frames,
             std::vector<FrameSpan> windows);

  bool complete() const { return clip_ == clips_.size(); }
  /// Where the next window begins, and how much of the recording it holds, in frames of 10 ms.
  int seek_frames() const { return seek_frames_; }
  int window_frames() const;
  double done_s() const;

  /// Tokens to prompt the next window with, all of them; the decoder takes the last ones.
  std::vector<int> history() const;

  /// What adding a window did. The segments are good until the next one is added.
  struct Added {
    std::span<const Segment> segments;  ///< none when the window is silence
    WindowReport report;
  };
  /// Adds what was understood in the window and moves on. `align_words` is called when the options
  /// ask for word times.
  Added add_window(const WindowText& window, const AlignWords& align_words = {});

  /// The segments that add_window would begin with: no words are placed yet, none is dropped. None
  /// when the window is silence.
  std::vector<Segment> preview(const WindowText& window) const;

  /// Moves on as add_window does, but keeps nothing of the window: what it says is a repetition.
  Added leave_out(const WindowText& window);

  /// No later window is prompted with what was said so far.
  void forget_history() { history_begin_ = tokens_.size(); }
  /// Tokens of everything said so far, whatever windows are prompted with otherwise.
  std::span<const int> said() const { return std::span(tokens_).subspan(initial_tokens_); }

  /// Text of all segments so far.
  std::string text() const;
  std::vector<Segment> take_segments() { return std::move(segments_); }

 private:
  WindowSplit split(const WindowText& window) const;
  /// Moves on to the next clip when the current one is done.
  void enter_clip();
  Segment make_segment(const WindowText& window, std::span<const int> tokens, double start_s,
                       double end_s) const;
  /// Words for the segments of the window; moves `next` to where speech goes on and drops segments
  /// that are likely made up. Returns false when nothing of the window counts.
  bool place_words(const WindowText& window, const AlignWords& align_words,
                   std::vector<Segment>& segments, int& next) const;
  void keep(std::vector<Segment> segments);
  WindowReport report_on(const WindowText& window) const;
  void move_on(int next_frames, WindowReport& report);

  const Tokenizer& tokenizer_;
  Options options_;
  int content_frames_;
  bool independent_ = false;  // windows have no history, and nothing but their text moves them
  std::vector<FrameSpan> clips_;
  std::size_t clip_ = 0;
  int seek_frames_ = 0;
  double last_speech_s_ = 0;
  std::vector<Segment> segments_;
  std::vector<int> tokens_;  // the initial prompt's, then those of all segments
  std::size_t initial_tokens_;
  std::size_t max_history_tokens_;
  std::size_t history_begin_ = 0;  // tokens before this one are not prompted with
};

}  // namespace tessera::whisper
