#include "src/whisper/transcript.h"

#include <algorithm>
#include <cmath>

#include "src/whisper/hallucination.h"
#include "src/whisper/mel.h"
#include "src/whisper/text_measures.h"

namespace tessera::whisper {
namespace {

// The same two operations as openai/whisper, so that times agree to the last bit.
double frames_to_seconds(int frames) { return frames * kHopSamples / 16000.0; }

bool ends_in_timestamp(std::span<const int> tokens, int timestamp_begin) {
  return tokens.size() >= 2 && tokens[tokens.size() - 2] < timestamp_begin &&
         tokens.back() >= timestamp_begin;
}

}  // namespace

bool is_silence(const Options& options, const WindowText& window) {
  if (!options.no_speech_threshold) return false;
  if (window.no_speech_prob <= *options.no_speech_threshold) return false;
  return !(options.logprob_threshold && window.avg_logprob > *options.logprob_threshold);
}

WindowSplit split_independent(const WindowText& window, int timestamp_begin, int window_frames) {
  return split_window(window.tokens, timestamp_begin, window_frames,
                      window.cut_short ? OpenText::leave : OpenText::keep);
}

Transcript::Transcript(const Tokenizer& tokenizer, const Options& options, int content_frames,
                       std::vector<int> initial_prompt, std::size_t max_history_tokens)
    : tokenizer_(tokenizer),
      options_(options),
      content_frames_(content_frames),
      tokens_(std::move(initial_prompt)),
      initial_tokens_(tokens_.size()),
      max_history_tokens_(max_history_tokens) {
  clips_ = clip_spans(options_, content_frames_);
  seek_frames_ = clips_.front().begin;
  enter_clip();
}

Transcript::Transcript(const Tokenizer& tokenizer, const Options& options, int content_frames,
                       std::vector<FrameSpan> windows)
    : tokenizer_(tokenizer),
      options_(options),
      content_frames_(content_frames),
      independent_(true),
      clips_(std::move(windows)),
      initial_tokens_(0),
      max_history_tokens_(0) {
  if (clips_.empty()) return;
  seek_frames_ = clips_.front().begin;
  enter_clip();
}

void Transcript::enter_clip() {
  while (!complete() && seek_frames_ >= clips_[clip_].end) {
    ++clip_;
    if (!complete()) seek_frames_ = clips_[clip_].begin;
  }
}

int Transcript::window_frames() const {
  return complete() ? 0 : std::min(kWindowFrames, clips_[clip_].end - seek_frames_);
}

double Transcript::done_s() const {
  return frames_to_seconds(complete() ? content_frames_ : std::min(seek_frames_, content_frames_));
}

std::vector<int> Transcript::history() const {
  if (!options_.carry_initial_prompt) {
    return {tokens_.begin() + static_cast<std::ptrdiff_t>(history_begin_), tokens_.end()};
  }
  const auto recent = std::span(tokens_).subspan(std::max(initial_tokens_, history_begin_));
  const std::size_t room = max_history_tokens_ - std::min(max_history_tokens_, initial_tokens_);
  const auto shown = recent.last(std::min(recent.size(), room));
  std::vector<int> history(tokens_.begin(),
                           tokens_.begin() + static_cast<std::ptrdiff_t>(initial_tokens_));
  history.insert(history.end(), shown.begin(), shown.end());
  return history;
}

std::string Transcript::text() const {
  return tokenizer_.decode_with_controls(std::span(tokens_).subspan(initial_tokens_));
}

WindowSplit Transcript::split(const WindowText& window) const {
  const int begin = tokenizer_.timestamp_begin();
  return independent_ ? split_independent(window, begin, window_frames())
                      : split_window(window.tokens, begin, window_frames());
}

Segment Transcript::make_segment(const WindowText& window, std::span<const int> tokens,
                                 double start_s, double end_s) const {
  const double offset_s = frames_to_seconds(seek_frames_);
  Segment segment;
  segment.seek_frames = seek_frames_;
  segment.start_s = offset_s + start_s;
  segment.end_s = offset_s + end_s;
  segment.text = tokenizer_.decode(tokens);
  segment.tokens.assign(tokens.begin(), tokens.end());
  segment.temperature = window.temperature;
  segment.avg_logprob = window.avg_logprob;
  segment.compression_ratio = window.compression_ratio;
  segment.no_speech_prob = window.no_speech_prob;
  return segment;
}

bool Transcript::place_words(const WindowText& window, const AlignWords& align_words,
                             std::vector<Segment>& segments, int& next) const {
  align_words(segments, last_speech_s_);
  const double begin_s = frames_to_seconds(seek_frames_);
  const bool complete_text = ends_in_timestamp(window.tokens, tokenizer_.timestamp_begin());
  const std::optional<double> last_word_s = speech_end_s(segments);
  if (!independent_ && !complete_text && last_word_s && *last_word_s > begin_s) {
    next = seconds_to_frames(*last_word_s);
  }
  if (!options_.hallucination_silence_threshold_s) return true;
  const SilenceSkip skip =
      skip_silence({segments, begin_s, frames_to_seconds(seek_frames_ + kWindowFrames),
                    frames_to_seconds(window_frames()), last_speech_s_,
                    frames_to_seconds(content_frames_), complete_text},
                   *options_.hallucination_silence_threshold_s);
  if (skip.skip_window) next = seek_frames_ + window_frames();
  if (skip.discarded) {
    // Counted from the window's beginning, as the original rounds it.
    next = seek_frames_ + seconds_to_frames(*skip.next_s - begin_s);
  } else if (skip.next_s) {
    next = seconds_to_frames(*skip.next_s);
  }
  segments.resize(skip.kept);
  return !skip.discarded;
}

void Transcript::keep(std::vector<Segment> segments) {
  for (Segment& segment : segments) {
    if (segment.start_s == segment.end_s || strip(segment.text).empty()) {
      segment.text.clear();
      segment.tokens.clear();
      segment.words.clear();
    }
    segment.id = static_cast<int>(segments_.size());
    tokens_.insert(tokens_.end(), segment.tokens.begin(), segment.tokens.end());
    segments_.push_back(std::move(segment));
  }
}

WindowReport Transcript::report_on(const WindowText& window) const {
  WindowReport report;
  report.seek_frames = seek_frames_;
  report.frames = window_frames();
  report.attempts = window.attempts;
  report.no_speech_prob = window.no_speech_prob;
  report.silence = is_silence(options_, window);
  return report;
}

void Transcript::move_on(int next_frames, WindowReport& report) {
  // The original could stay where it is for ever; every window advances.
  seek_frames_ = std::max(next_frames, seek_frames_ + 1);
  report.next_frames = seek_frames_;
  enter_clip();
}

std::vector<Segment> Transcript::preview(const WindowText& window) const {
  std::vector<Segment> segments;
  if (is_silence(options_, window)) return segments;
  for (const TokenSlice& slice : split(window).slices) {
    const auto tokens = std::span(window.tokens).subspan(slice.first, slice.last - slice.first);
    segments.push_back(make_segment(window, tokens, slice.start_s, slice.end_s));
  }
  return segments;
}

Transcript::Added Transcript::leave_out(const WindowText& window) {
  WindowReport report = report_on(window);
  report.repetition = true;
  move_on(seek_frames_ + split(window).advance_frames, report);
  return {{}, std::move(report)};
}

Transcript::Added Transcript::add_window(const WindowText& window, const AlignWords& align_words) {
  const std::size_t before = segments_.size();
  WindowReport report = report_on(window);
  int next = seek_frames_ + window_frames();
  if (!report.silence) {
    std::vector<Segment> segments = preview(window);
    next = seek_frames_ + split(window).advance_frames;
    const std::size_t found = segments.size();
    const bool counts =
        !options_.word_timestamps || place_words(window, align_words, segments, next);
    report.dropped_segments = static_cast<int>(found - segments.size());
    if (counts) {
      if (options_.word_timestamps) {
        last_speech_s_ = speech_end_s(segments).value_or(last_speech_s_);
      }
      keep(std::move(segments));
      if (!options_.condition_on_previous_text ||
          window.temperature > options_.prompt_reset_on_temperature) {
        forget_history();
      }
    }
  }
  move_on(next, report);
  return {std::span(segments_).subspan(before), std::move(report)};
}

}  // namespace tessera::whisper
