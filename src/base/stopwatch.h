// Time on the clock, added up over pieces of work.
#pragma once

#include <chrono>

namespace tessera::base {

/// Adds the seconds of its own life to a sum.
class Stopwatch {
 public:
  explicit Stopwatch(double& seconds)
      : seconds_(seconds), start_(std::chrono::steady_clock::now()) {}
  ~Stopwatch() {
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

  /// Runs `work`, adds its time to `seconds`, and returns what it returns.
  template <class Work>
  static auto timed(double& seconds, Work&& work) {
    const Stopwatch watch(seconds);
    return work();
  }

 private:
  double& seconds_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace tessera::base
