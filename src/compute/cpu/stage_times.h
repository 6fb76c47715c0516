// How long the parts of an engine took, on one thread. Costs a reading of the clock per part, and
// only when it was asked for.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

namespace tessera::compute::cpu {

/// The encoder's parts.
enum class Stage : std::size_t { stem, project, attention, out, feed_forward, cross };
inline constexpr std::size_t kStages = 6;

class StageTimes {
 public:
  using Seconds = std::array<double, kStages>;

  void enable(bool on) { on_ = on; }
  void begin() {
    if (on_) last_ = Clock::now();
  }
  /// What passed since the last `begin` or `end` was for `stage`.
  void end(Stage stage) {
    if (!on_) return;
    const Clock::time_point now = Clock::now();
    seconds_[static_cast<std::size_t>(stage)] += std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }
  /// Returns the sums and begins new ones.
  Seconds take() { return std::exchange(seconds_, Seconds{}); }

 private:
  using Clock = std::chrono::steady_clock;

  bool on_ = false;
  Clock::time_point last_;
  Seconds seconds_{};
};

}  // namespace tessera::compute::cpu
