// Counters of the server, in Prometheus' text format 0.0.4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tessera/result.h"

namespace tessera::server {

/// How often numbers were at most so large.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds)
      : bounds_(std::move(bounds)), counts_(bounds_.size()) {}
  void add(double value);
  /// Lines of the series `name`.
  std::string text(const std::string& name) const;

 private:
  std::vector<double> bounds_;
  std::vector<std::uint64_t> counts_;  // by bound, each with those below it
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

/// What changes by itself and is read when asked for.
struct Gauges {
  std::size_t waiting = 0;
  std::size_t running = 0;
  bool ready = false;
  std::string model;
  std::string device;
};

/// From any thread.
class Metrics {
 public:
  void count_request(const std::string& endpoint, int status, double seconds);
  void count_rejected(const std::string& reason);
  void count_window(const WindowReport& window);
  void count_transcript(const Result& result);
  std::string text(const Gauges& gauges) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;
  std::map<std::string, std::uint64_t> rejected_;
  std::map<std::string, std::uint64_t> fallbacks_;  // by temperature
  std::uint64_t windows_ = 0;
  std::uint64_t silent_windows_ = 0;
  double audio_seconds_ = 0;
  std::map<std::string, double> processing_seconds_;  // by stage
  Histogram duration_{{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600}};
  Histogram real_time_factor_{{0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2}};
};

}  // namespace tessera::server
