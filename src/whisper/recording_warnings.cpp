#include "src/whisper/recording_warnings.h"

#include <cstddef>
#include <string>

namespace tessera::whisper {

void add_warnings(std::size_t damaged_packets, const Options& options, Result& result) {
  if (damaged_packets > 0) {
    result.warnings.push_back("damaged packets that were left out: " +
                              std::to_string(damaged_packets));
  }
  for (std::size_t i = 0; i < options.clip_timestamps_s.size(); i += 2) {
    if (options.clip_timestamps_s[i] < result.duration_s) continue;
    result.warnings.push_back("clip_timestamps: clip " + std::to_string(i / 2 + 1) +
                              " begins after the end of the recording");
  }
}

}  // namespace tessera::whisper
