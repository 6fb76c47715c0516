// Where a recording is cut, before anything of it is known but its log-mel.
#pragma once

#include <span>
#include <vector>

#include "src/whisper/mel.h"
#include "tessera/options.h"

namespace tessera::whisper {

/// Frames [begin, end) of a recording, of 10 ms each.
struct FrameSpan {
  int begin = 0;
  int end = 0;
  bool operator==(const FrameSpan&) const = default;
};

/// Rounded as Python's round() does: a half to the even number.
int seconds_to_frames(double seconds);

/// The clips of `options`, or all of the recording; those after its end are empty.
std::vector<FrameSpan> clip_spans(const Options& options, int content_frames);

/// Cuts clips into windows of at most 30 s that follow each other without gaps. A clip that is
/// longer is cut at the last of `pauses` (frames, rising) that leaves a window of 10 to 30 s; if
/// there is none, at the quietest moment of the last 5 s of each window: where the log-mel, summed
/// over bands and 0.3 s, is least; the last of equals. Clips without a frame give no window.
std::vector<FrameSpan> cut_windows(const LogMel& mel, const std::vector<FrameSpan>& clips,
                                   std::span<const int> pauses = {});

}  // namespace tessera::whisper
