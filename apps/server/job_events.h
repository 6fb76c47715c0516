// What a job tells the one who waits for it, across threads.
#pragma once

#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <variant>

#include "apps/server/http/message.h"
#include "tessera/options.h"
#include "tessera/result.h"
#include "tessera/transcriber.h"

namespace tessera::server {

/// The recording has been read and its language is known.
struct JobBegun {};
using JobEvent = std::variant<JobBegun, Segment, FileOutcome>;

/// Events on their way from a service's threads to the thread of a connection. Putting one never
/// waits, so that a slow client keeps nobody up.
class JobEvents {
 public:
  JobEvents();
  ~JobEvents();
  JobEvents(const JobEvents&) = delete;
  JobEvents& operator=(const JobEvents&) = delete;

  void put(JobEvent event);
  /// The next event, or nothing when `time` has passed without one. Throws ClientGone.
  std::optional<JobEvent> next(const Client& client, std::chrono::milliseconds time);

 private:
  int signal_;  // an eventfd that counts
  std::mutex mutex_;
  std::deque<JobEvent> events_;
};

}  // namespace tessera::server
