#include "apps/cli/channel_results.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tessera::cli {

Result join_channels(std::vector<Result> channels) {
  Result joined = channels.front();
  joined.segments.clear();
  joined.text.clear();
  joined.warnings.clear();
  joined.left_out.clear();  // each is told of with its channel
  for (std::size_t channel = 0; channel < channels.size(); ++channel) {
    joined.duration_s = std::max(joined.duration_s, channels[channel].duration_s);
    for (Segment& segment : channels[channel].segments) {
      segment.speaker = std::to_string(channel);
      joined.segments.push_back(std::move(segment));
    }
  }
  std::ranges::stable_sort(joined.segments, {}, &Segment::start_s);
  for (std::size_t i = 0; i < joined.segments.size(); ++i) {
    joined.segments[i].id = static_cast<int>(i);
    joined.text += joined.segments[i].text;
  }
  return joined;
}

}  // namespace tessera::cli
