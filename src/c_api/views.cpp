#include "src/c_api/views.h"

namespace tessera::c_api {
namespace {

template <class T>
std::vector<const T*> pointers_to(const std::vector<T>& values) {
  std::vector<const T*> pointers;
  pointers.reserve(values.size());
  for (const T& value : values) pointers.push_back(&value);
  return pointers;
}

}  // namespace

SegmentView::SegmentView(const Segment& segment) {
  words_.reserve(segment.words.size());
  for (const Word& word : segment.words) {
    words_.push_back(
        {word.text.c_str(), word.text.size(), word.start_s, word.end_s, word.probability});
  }
  word_pointers_ = pointers_to(words_);
  view_.id = segment.id;
  view_.seek_frames = segment.seek_frames;
  view_.start_s = segment.start_s;
  view_.end_s = segment.end_s;
  view_.text = segment.text.c_str();
  view_.text_bytes = segment.text.size();
  view_.tokens = segment.tokens.data();
  view_.token_count = segment.tokens.size();
  view_.temperature = segment.temperature;
  view_.avg_logprob = segment.avg_logprob;
  view_.compression_ratio = segment.compression_ratio;
  view_.no_speech_prob = segment.no_speech_prob;
  view_.words = word_pointers_.data();
  view_.word_count = word_pointers_.size();
}

WindowView::WindowView(const WindowReport& window) {
  attempts_.reserve(window.attempts.size());
  for (const WindowAttempt& attempt : window.attempts) {
    attempts_.push_back({attempt.temperature, attempt.avg_logprob, attempt.compression_ratio,
                         attempt.too_repetitive ? 1 : 0, attempt.too_unlikely ? 1 : 0});
  }
  attempt_pointers_ = pointers_to(attempts_);
  view_.seek_frames = window.seek_frames;
  view_.frames = window.frames;
  view_.attempts = attempt_pointers_.data();
  view_.attempt_count = attempt_pointers_.size();
  view_.no_speech_prob = window.no_speech_prob;
  view_.silence = window.silence ? 1 : 0;
  view_.next_frames = window.next_frames;
  view_.dropped_segments = window.dropped_segments;
  view_.retried = window.retried ? 1 : 0;
  view_.repetition = window.repetition ? 1 : 0;
}

std::vector<tessera_left_out> view_left_out(const std::vector<LeftOut>& left_out) {
  std::vector<tessera_left_out> views;
  views.reserve(left_out.size());
  for (const LeftOut& one : left_out) {
    views.push_back({left_out_reason_name(one.reason), one.start_s, one.end_s, one.text.c_str(),
                     one.text.size()});
  }
  return views;
}

}  // namespace tessera::c_api
