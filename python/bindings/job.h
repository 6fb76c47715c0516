// Work in a thread of its own, whose events wait until Python fetches them. Nothing here knows
// Python: the thread never needs its lock, so whoever holds it may wait for the thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>

#include "tessera/transcriber.h"

namespace tessera::python {

/// Progress of a transcription in seconds of sound, or of a download in bytes.
struct Progress {
  double done = 0;
  double total = 0;
};

/// One of several files is done.
struct FileDone {
  std::size_t file = 0;
  FileOutcome outcome;
};

/// The work has ended well, and there are no more events.
struct End {};

using Event = std::variant<LanguageDetection, Segment, WindowReport, Progress, FileDone, Result,
                           std::string, End>;

class Job {
 public:
  using Work = std::function<void(Job& job, const std::stop_token& stop)>;

  explicit Job(Work work);
  /// Cancels and waits.
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// For the work: appends an event.
  void tell(Event event);

  /// Waits for the next event, not longer than `timeout`. Throws what the work threw when there is
  /// no event before that.
  std::optional<Event> next(std::chrono::duration<double> timeout);

  /// Asks the work to stop.
  void cancel() { thread_.request_stop(); }
  /// Asks the work to stop, and waits until it has.
  void close();

 private:
  void run(const Work& work, const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> events_;
  std::exception_ptr error_;
  std::jthread thread_;
};

}  // namespace tessera::python
