#include "apps/cli/stream_latency.h"

#include <algorithm>
#include <cstdio>

namespace tessera::cli {
namespace {

using LatencyClock = StreamLatency::Clock;

double seconds(LatencyClock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

void StreamLatency::sound(double heard_s, LatencyClock::time_point now) {
  const auto heard = std::chrono::duration<double>(heard_s);
  const auto begin = now - std::chrono::duration_cast<LatencyClock::duration>(heard);
  begin_ = begun_ ? std::min(begin_, begin) : begin;
  if (!begun_) first_ = now;
  begun_ = true;
}

double StreamLatency::add(const StreamText& words, LatencyClock::time_point now) {
  for (const Word& word : words.words) seconds_.push_back(seconds(now - begin_) - word.end_s);
  return seconds(now - begin_) - words.end_s;
}

double StreamLatency::behind_s(double done_s, LatencyClock::time_point now) const {
  return begun_ ? seconds(now - first_) - done_s : 0;
}

std::string StreamLatency::report(double heard_s, LatencyClock::time_point now) const {
  constexpr double kInTime = 0.9;  // a second of sound takes so many at least
  if (begun_ && seconds(now - first_) < kInTime * heard_s) {
    return "latency: not known, as the sound came faster than it was spoken";
  }
  if (seconds_.empty()) return "latency: no words";
  std::vector<double> sorted = seconds_;
  std::ranges::sort(sorted);
  char text[120];
  std::snprintf(text, sizeof text, "latency: median %.2f s, p95 %.2f s, %zu words",
                sorted[sorted.size() / 2], sorted[sorted.size() * 95 / 100], sorted.size());
  return text;
}

}  // namespace tessera::cli
