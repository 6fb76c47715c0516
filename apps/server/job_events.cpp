#include "apps/server/job_events.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace tessera::server {

JobEvents::JobEvents() : signal_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) {
  if (signal_ < 0) throw HttpError(503, "too_busy", "too many requests at the same time");
}

JobEvents::~JobEvents() { ::close(signal_); }

void JobEvents::put(JobEvent event) {
  const std::scoped_lock lock(mutex_);
  events_.push_back(std::move(event));
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(signal_, &one, sizeof(one));
}

std::optional<JobEvent> JobEvents::next(const Client& client, std::chrono::milliseconds time) {
  if (!client.wait(signal_, time)) return std::nullopt;
  std::uint64_t one = 0;
  [[maybe_unused]] const auto taken = ::read(signal_, &one, sizeof(one));
  const std::scoped_lock lock(mutex_);
  if (events_.empty()) return std::nullopt;
  JobEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

}  // namespace tessera::server
