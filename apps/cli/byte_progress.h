// The progress bar of work that is counted in bytes: downloads and conversions.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace tessera::cli {

/// "42%  61.0 MB of 145.3 MB  0:12 left" behind a bar, drawn a few times per second.
class ByteProgress {
 public:
  /// `shown`: whether there is a terminal for it, and it is wanted.
  ByteProgress(std::string name, bool shown) : name_(std::move(name)), shown_(shown) {}
  ~ByteProgress() { clear(); }
  ByteProgress(const ByteProgress&) = delete;
  ByteProgress& operator=(const ByteProgress&) = delete;

  /// Bytes that are there, of how many (0: not known).
  void update(std::uint64_t done_bytes, std::uint64_t total_bytes);
  /// Takes the bar away.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  std::string words(std::uint64_t done_bytes, std::uint64_t total_bytes, Clock::time_point now);

  std::string name_;
  bool shown_;
  bool visible_ = false;
  bool begun_ = false;
  std::uint64_t begin_bytes_ = 0;  // what was there from earlier tells nothing about the speed
  std::uint64_t last_bytes_ = 0;
  Clock::time_point begin_;
  Clock::time_point drawn_;
};

/// What follows the bar. `rate` in bytes per second, 0 when it is not known yet.
std::string describe_bytes(std::uint64_t done_bytes, std::uint64_t total_bytes, double rate);

}  // namespace tessera::cli
