// The sound of a stream that is still listened to.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "src/whisper/audio.h"

namespace tessera::whisper {

/// Samples from a place of the stream up to its end.
class StreamBuffer {
 public:
  void push(std::span<const float> samples) {
    samples_.insert(samples_.end(), samples.begin(), samples.end());
  }

  /// Drops what is before a time of the stream; it stays within what there is.
  void cut(double at_s) {
    const auto at = static_cast<std::int64_t>(std::llround(at_s * kSampleRateHz));
    const std::int64_t count = std::clamp<std::int64_t>(at - begin_, 0, end() - begin_);
    samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(count));
    begin_ += count;
  }

  std::span<const float> samples() const { return samples_; }
  /// In samples since the stream's beginning.
  std::int64_t end() const { return begin_ + static_cast<std::int64_t>(samples_.size()); }
  double begin_s() const { return static_cast<double>(begin_) / kSampleRateHz; }
  double end_s() const { return static_cast<double>(end()) / kSampleRateHz; }
  double length_s() const { return static_cast<double>(samples_.size()) / kSampleRateHz; }

 private:
  std::vector<float> samples_;
  std::int64_t begin_ = 0;
};

}  // namespace tessera::whisper
