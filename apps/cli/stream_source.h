// Where the sound of `tessera stream` comes from, in a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

#include "apps/cli/stream_options.h"

namespace tessera::cli {

/// Samples on their way from the thread that reads to the one that computes.
class SampleQueue {
 public:
  /// Waits while more than a minute of sound is waiting; false when nobody wants it any more.
  bool push(std::span<const float> samples);
  /// No more will come; `failure`, if there is one, is thrown by take() after the last sample.
  void close(std::exception_ptr failure = nullptr);
  /// Nobody takes any more.
  void abandon();

  /// Waits for samples; returns at most `most` of them, or none at the end.
  std::vector<float> take(std::size_t most);
  std::size_t waiting() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<float> samples_;
  bool closed_ = false;
  bool abandoned_ = false;
  std::exception_ptr failure_;
};

/// Reads sound until it is over or `stop` asks for an end, and gives it to the queue. Throws Error.
using SoundReader = std::function<void(SampleQueue& queue, const std::stop_token& stop)>;

/// The reader of what was asked for; what can be told before any sound comes is thrown here.
SoundReader open_sound(const StreamArguments& arguments);

/// A reader at work.
class StreamSource {
 public:
  StreamSource(SoundReader reader, const std::stop_token& stop);
  ~StreamSource();
  StreamSource(const StreamSource&) = delete;
  StreamSource& operator=(const StreamSource&) = delete;

  SampleQueue& queue() { return queue_; }

 private:
  SampleQueue queue_;
  std::stop_source end_;
  std::stop_callback<std::function<void()>> on_stop_;
  std::thread thread_;
};

}  // namespace tessera::cli
