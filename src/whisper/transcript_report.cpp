#include "src/whisper/transcript_report.h"

#include <algorithm>

namespace tessera::whisper {

Options options_for_speech(const Options& options) {
  Options spoken = options;
  if (options.vad_filter) spoken.clip_timestamps_s.clear();
  return spoken;
}

void TranscriptReport::begin() const {
  if (callbacks_.on_progress) callbacks_.on_progress(0, duration_s_);
}

void TranscriptReport::tell(const Transcript::Added& added, const Transcript& transcript) const {
  if (callbacks_.on_window) {
    WindowReport report = added.report;
    speech_.restore(report);
    callbacks_.on_window(report);
  }
  if (callbacks_.on_segment) {
    for (const Segment& joined : added.segments) {
      if (speech_.identity()) {
        callbacks_.on_segment(joined);
        continue;
      }
      Segment segment = joined;
      speech_.restore(segment);
      callbacks_.on_segment(segment);
    }
  }
  if (callbacks_.on_progress) {
    const bool all = transcript.complete();
    callbacks_.on_progress(all ? duration_s_ : speech_.begin_s(transcript.done_s()), duration_s_);
  }
}

void TranscriptReport::leave_out(std::span<const Segment> segments, Result& result) const {
  for (Segment segment : segments) {
    if (segment.text.empty()) continue;
    speech_.restore(segment);
    result.left_out.push_back({.reason = LeftOut::Reason::repetition,
                               .start_s = segment.start_s,
                               .end_s = segment.end_s,
                               .text = segment.text});
  }
}

void TranscriptReport::finish(Transcript& transcript, Result& result) const {
  result.text = transcript.text();
  result.segments = transcript.take_segments();
  for (Segment& segment : result.segments) speech_.restore(segment);
  std::ranges::stable_sort(result.left_out, {}, &LeftOut::start_s);
}

}  // namespace tessera::whisper
