#include "src/whisper/timestamps.h"

#include <algorithm>

namespace tessera::whisper {
namespace {

// A timestamp counts in steps of the encoder's output: 2 frames of 10 ms.
constexpr int kFramesPerStep = 2;
constexpr double kStepSeconds = 0.02;

double window_end_s(int window_frames) { return window_frames * 160 / 16000.0; }

WindowSplit one_segment(std::span<const int> tokens, int timestamp_begin, int window_frames,
                        OpenText open) {
  double end_s = window_end_s(window_frames);
  const auto last =
      std::find_if(tokens.rbegin(), tokens.rend(), [&](int id) { return id >= timestamp_begin; });
  // The reference ends text that is open where it begins.
  const bool is_end = open == OpenText::leave || last == tokens.rbegin();
  if (last != tokens.rend() && *last != timestamp_begin && is_end) {
    end_s = (*last - timestamp_begin) * kStepSeconds;
  }
  return {{{0, tokens.size(), 0, end_s}}, std::max(1, window_frames)};
}

}  // namespace

WindowSplit split_window(std::span<const int> tokens, int timestamp_begin, int window_frames,
                         OpenText open) {
  const auto is_timestamp = [&](std::size_t i) { return tokens[i] >= timestamp_begin; };
  const std::size_t count = tokens.size();
  const bool ends_in_single = count >= 2 && !is_timestamp(count - 2) && is_timestamp(count - 1);

  std::vector<std::size_t> cuts;
  for (std::size_t i = 1; i < count; ++i) {
    if (is_timestamp(i - 1) && is_timestamp(i)) cuts.push_back(i);
  }
  if (cuts.empty()) return one_segment(tokens, timestamp_begin, window_frames, open);
  if (ends_in_single) cuts.push_back(count);

  WindowSplit split;
  std::size_t first = 0;
  for (const std::size_t cut : cuts) {
    split.slices.push_back({first, cut, (tokens[first] - timestamp_begin) * kStepSeconds,
                            (tokens[cut - 1] - timestamp_begin) * kStepSeconds});
    first = cut;
  }
  const int last_step = tokens[first - 1] - timestamp_begin;
  const bool keeps = open == OpenText::keep;
  if (keeps && count - first > 1) {  // more than the timestamp that it begins with
    const double start_s = (tokens[first] - timestamp_begin) * kStepSeconds;
    split.slices.push_back({first, count, start_s, std::max(start_s, window_end_s(window_frames))});
  }
  split.advance_frames =
      std::max(1, ends_in_single || keeps ? window_frames : last_step * kFramesPerStep);
  return split;
}

}  // namespace tessera::whisper
