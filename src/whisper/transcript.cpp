#include "src/whisper/transcript.h"

#include <algorithm>

#include "src/whisper/mel.h"
#include "src/whisper/text_measures.h"
#include "src/whisper/timestamps.h"

namespace tessera::whisper {
namespace {

// The same two operations as openai/whisper, so that times agree to the last bit.
double frames_to_seconds(int frames) { return frames * kHopSamples / 16000.0; }

}  // namespace

int Transcript::window_frames() const {
  return std::min(kWindowFrames, content_frames_ - seek_frames_);
}

double Transcript::done_s() const {
  return frames_to_seconds(std::min(seek_frames_, content_frames_));
}

std::span<const int> Transcript::history() const {
  return std::span(tokens_).subspan(history_begin_);
}

bool Transcript::is_silence(const WindowText& window) const {
  if (!options_.no_speech_threshold) return false;
  if (window.no_speech_prob <= *options_.no_speech_threshold) return false;
  return !(options_.logprob_threshold && window.avg_logprob > *options_.logprob_threshold);
}

Segment Transcript::make_segment(const WindowText& window, std::span<const int> tokens,
                                 double start_s, double end_s) const {
  const double offset_s = frames_to_seconds(seek_frames_);
  Segment segment;
  segment.id = static_cast<int>(segments_.size());
  segment.seek_frames = seek_frames_;
  segment.start_s = offset_s + start_s;
  segment.end_s = offset_s + end_s;
  segment.text = tokenizer_.decode(tokens);
  segment.tokens.assign(tokens.begin(), tokens.end());
  segment.temperature = window.temperature;
  segment.avg_logprob = window.avg_logprob;
  segment.compression_ratio = window.compression_ratio;
  segment.no_speech_prob = window.no_speech_prob;
  if (segment.start_s == segment.end_s || strip(segment.text).empty()) {
    segment.text.clear();
    segment.tokens.clear();
  }
  return segment;
}

std::span<const Segment> Transcript::add_window(const WindowText& window) {
  const std::size_t before = segments_.size();
  if (is_silence(window)) {
    seek_frames_ += window_frames();
    return {};
  }
  const WindowSplit split =
      split_window(window.tokens, tokenizer_.timestamp_begin(), window_frames());
  for (const TokenSlice& slice : split.slices) {
    const auto tokens = std::span(window.tokens).subspan(slice.first, slice.last - slice.first);
    segments_.push_back(make_segment(window, tokens, slice.start_s, slice.end_s));
    const std::vector<int>& kept = segments_.back().tokens;
    tokens_.insert(tokens_.end(), kept.begin(), kept.end());
  }
  if (!options_.condition_on_previous_text) history_begin_ = tokens_.size();
  seek_frames_ += split.advance_frames;
  return std::span(segments_).subspan(before);
}

}  // namespace tessera::whisper
