#include "bench/timing.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace tessera::bench {
namespace {

double seconds_of(const std::function<void()>& call, int times) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

std::vector<std::vector<double>> time_in_turns(const std::vector<std::function<void()>>& calls,
                                               int rounds, double shortest_s) {
  std::vector<int> times;
  for (const auto& call : calls) {
    // The best of three, since the first call also fills caches and wakes threads.
    double once = seconds_of(call, 1);
    for (int i = 0; i < 2; ++i) once = std::min(once, seconds_of(call, 1));
    times.push_back(static_cast<int>(std::clamp(std::ceil(shortest_s / once), 1.0, 1e6)));
  }
  std::vector<std::vector<double>> seconds(calls.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
      seconds[i].push_back(seconds_of(calls[i], times[i]) / times[i]);
    }
  }
  return seconds;
}

Summary summarise_scaled(const std::vector<double>& seconds, double factor) {
  std::vector<double> scaled;
  for (const double value : seconds) scaled.push_back(value * factor);
  return summarise(std::move(scaled));
}

}  // namespace tessera::bench
