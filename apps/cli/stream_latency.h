// How late final text is: from the end of a word to when it is final, as the listener has it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tessera/stream.h"

namespace tessera::cli {

/// The clock of sound that comes while it is spoken, and what words take by it.
class StreamLatency {
 public:
  using Clock = std::chrono::steady_clock;

  /// `heard_s` of the stream have come. Nothing can come before it was spoken, so the stream began
  /// when the piece that was on its way for the shortest time says.
  void sound(double heard_s, Clock::time_point now);

  /// Counts these words, which are final now; returns how long ago the last one ended.
  double add(const StreamText& words, Clock::time_point now);

  /// How much sound could have been dealt with since the first came, but was not: `done_s` are.
  /// Negative when it comes faster than it was spoken.
  double behind_s(double done_s, Clock::time_point now) const;

  /// One line: median, 95th percentile and number of words; `heard_s` is the length of the stream.
  std::string report(double heard_s, Clock::time_point now) const;

 private:
  bool begun_ = false;
  Clock::time_point first_;  // piece of sound came
  Clock::time_point begin_;  // of the stream
  std::vector<double> seconds_;
};

}  // namespace tessera::cli
