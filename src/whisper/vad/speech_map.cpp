#include "src/whisper/vad/speech_map.h"

#include <algorithm>
#include <cmath>

#include "src/whisper/audio.h"
#include "src/whisper/mel.h"

namespace tessera::whisper {
namespace {

double seconds(std::int64_t samples) { return static_cast<double>(samples) / kSampleRateHz; }

int frames(double s) { return static_cast<int>(std::nearbyint(s * kFramesPerSecond)); }

// Times that are equal but for the rounding of a few sums and quotients.
constexpr double kSame_s = 1e-6;

double hundredths(double s) { return std::nearbyint(s * 100) / 100; }

}  // namespace

SpeechMap::SpeechMap(std::span<const SampleSpan> spans, double pad_s) : snap_s_(pad_s / 2) {
  std::int64_t joined = 0;
  for (const SampleSpan& span : spans) {
    const std::int64_t length = span.end - span.begin;
    // What touches is one piece: nothing was cut there.
    if (!pieces_.empty() && seconds(span.begin) == pieces_.back().original_end_s()) {
      pieces_.back().length_s = seconds(joined + length) - pieces_.back().joined_s;
    } else {
      if (joined > 0) pauses_.push_back(frames(seconds(joined)));
      pieces_.push_back({seconds(joined), seconds(span.begin), seconds(length)});
    }
    joined += length;
  }
}

/// At a joint the piece after it; after the end the last one.
const SpeechMap::Piece& SpeechMap::piece_at(double joined_s) const {
  const auto after =
      std::upper_bound(pieces_.begin(), pieces_.end(), joined_s + kSame_s,
                       [](double time_s, const Piece& piece) { return time_s < piece.joined_s; });
  return after == pieces_.begin() ? pieces_.front() : *(after - 1);
}

/// At a joint the piece before it.
const SpeechMap::Piece& SpeechMap::piece_before(double joined_s) const {
  const auto after =
      std::lower_bound(pieces_.begin(), pieces_.end(), joined_s - kSame_s,
                       [](const Piece& piece, double time_s) { return piece.joined_s < time_s; });
  return after == pieces_.begin() ? pieces_.front() : *(after - 1);
}

double SpeechMap::begin_s(double joined_s) const {
  if (identity()) return joined_s;
  const Piece& piece = piece_at(joined_s);
  return piece.original_s + (joined_s - piece.joined_s);
}

double SpeechMap::end_s(double joined_s) const {
  if (identity()) return joined_s;
  const Piece& piece = piece_before(joined_s);
  return piece.original_s + (joined_s - piece.joined_s);
}

int SpeechMap::frame(int joined_frame) const {
  return identity() ? joined_frame : frames(begin_s(joined_frame / double{kFramesPerSecond}));
}

int SpeechMap::end_frame(int joined_frame) const {
  return identity() ? joined_frame : frames(end_s(joined_frame / double{kFramesPerSecond}));
}

SpeechMap::Interval SpeechMap::restored(double start_s, double end_s) const {
  const Piece& first = piece_at(start_s);
  const Piece& last = piece_before(end_s);
  Interval whole{begin_s(start_s), this->end_s(end_s)};
  if (&first < &last) {  // it goes over a joint, but does it on both sides?
    if (end_s - last.joined_s < snap_s_) whole.end_s = (&last - 1)->original_end_s();
    const bool begins_late = first.joined_end_s() - start_s < snap_s_;
    if (begins_late && (&first + 1 < &last || end_s - last.joined_s >= snap_s_)) {
      whole.start_s = (&first + 1)->original_s;
    }
  }
  whole.end_s = std::max(whole.start_s, whole.end_s);
  return whole;
}

SpeechMap::Interval SpeechMap::restored_word(double start_s, double end_s) const {
  const Piece& piece = piece_at((start_s + end_s) / 2);
  const auto within = [&piece](double joined_s) {
    const double at = std::clamp(joined_s, piece.joined_s, piece.joined_end_s());
    return hundredths(piece.original_s + (at - piece.joined_s));
  };
  return {within(start_s), within(end_s)};
}

void SpeechMap::restore(Segment& segment) const {
  if (identity()) return;
  segment.seek_frames = frame(segment.seek_frames);
  const auto [start_s, end_s] = restored(segment.start_s, segment.end_s);
  segment.start_s = hundredths(start_s);
  segment.end_s = hundredths(end_s);
  for (Word& word : segment.words) {
    const Interval moved = restored_word(word.start_s, word.end_s);
    word.start_s = moved.start_s;
    word.end_s = moved.end_s;
  }
  if (segment.words.empty()) return;
  segment.start_s = segment.words.front().start_s;
  segment.end_s = segment.words.back().end_s;
}

void SpeechMap::restore(WindowReport& report) const {
  if (identity()) return;
  const int end = end_frame(report.seek_frames + report.frames);
  report.seek_frames = frame(report.seek_frames);
  report.frames = std::max(0, end - report.seek_frames);
  report.next_frames = frame(report.next_frames);
}

}  // namespace tessera::whisper
