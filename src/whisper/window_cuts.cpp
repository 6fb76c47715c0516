#include "src/whisper/window_cuts.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

namespace tessera::whisper {
namespace {

constexpr int kSearchedFrames = 5 * kFramesPerSecond;
constexpr int kShortestFrames = 10 * kFramesPerSecond;  // or windows would cost more than they hold
constexpr int kMomentFrames = 30;                       // as long as a short pause between words
constexpr int kHalfMoment = kMomentFrames / 2;

/// The log-mel of each frame, summed over the bands.
std::vector<double> loudness(const LogMel& mel, const FrameSpan& span) {
  std::vector<float> window(static_cast<std::size_t>(mel.n_mels()) * kWindowFrames);
  mel.window(span.begin, span.end - span.begin, window);
  std::vector<double> sums(static_cast<std::size_t>(span.end - span.begin));
  for (std::size_t band = 0; band < static_cast<std::size_t>(mel.n_mels()); ++band) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += window[band * kWindowFrames + i];
  }
  return sums;
}

/// Where the window that begins at `begin` ends, in a clip that goes on after it.
int quietest_frame(const LogMel& mel, int begin, int clip_end) {
  const int last = begin + kWindowFrames;
  const int first = last - kSearchedFrames;
  const FrameSpan heard{first - kHalfMoment, std::min(last + kHalfMoment, clip_end)};
  const std::vector<double> sums = loudness(mel, heard);
  int best = last;
  double least = INFINITY;
  for (int cut = std::min(last, heard.end - kHalfMoment); cut >= first; --cut) {
    const auto from = sums.begin() + (cut - kHalfMoment - heard.begin);
    double sum = 0;
    for (auto at = from; at != from + kMomentFrames; ++at) sum += *at;
    if (sum < least) {
      least = sum;
      best = cut;
    }
  }
  return best;
}

/// Of the pauses, which rise, the last at which the window that begins at `begin` can end.
std::optional<int> last_pause(std::span<const int> pauses, int begin) {
  const auto after = std::ranges::upper_bound(pauses, begin + kWindowFrames);
  if (after == pauses.begin() || *(after - 1) < begin + kShortestFrames) return std::nullopt;
  return *(after - 1);
}

}  // namespace

int seconds_to_frames(double seconds) {
  return static_cast<int>(std::nearbyint(seconds * kFramesPerSecond));
}

std::vector<FrameSpan> clip_spans(const Options& options, int content_frames) {
  std::vector<int> edges;
  for (const double at : options.clip_timestamps_s) {
    edges.push_back(std::min(seconds_to_frames(at), content_frames));
  }
  if (edges.empty()) edges.push_back(0);
  if (edges.size() % 2 == 1) edges.push_back(content_frames);
  std::vector<FrameSpan> clips;
  for (std::size_t i = 0; i < edges.size(); i += 2) clips.push_back({edges[i], edges[i + 1]});
  return clips;
}

std::vector<FrameSpan> cut_windows(const LogMel& mel, const std::vector<FrameSpan>& clips,
                                   std::span<const int> pauses) {
  std::vector<FrameSpan> windows;
  for (FrameSpan clip : clips) {
    while (clip.end - clip.begin > kWindowFrames) {
      const std::optional<int> pause = last_pause(pauses, clip.begin);
      const int cut = pause ? *pause : quietest_frame(mel, clip.begin, clip.end);
      windows.push_back({clip.begin, cut});
      clip.begin = cut;
    }
    if (clip.begin < clip.end) windows.push_back(clip);
  }
  return windows;
}

}  // namespace tessera::whisper
