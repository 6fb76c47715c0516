#include "python/bindings/job.h"

#include <utility>

namespace tessera::python {

Job::Job(Work work)
    : thread_([this, work = std::move(work)](const std::stop_token& stop) { run(work, stop); }) {}

Job::~Job() { close(); }

void Job::close() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Job::run(const Work& work, const std::stop_token& stop) {
  try {
    work(*this, stop);
    tell(End{});
  } catch (...) {
    {
      const std::lock_guard lock(mutex_);
      error_ = std::current_exception();
    }
    changed_.notify_all();
  }
}

void Job::tell(Event event) {
  {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  changed_.notify_all();
}

std::optional<Event> Job::next(std::chrono::duration<double> timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [this] { return !events_.empty() || error_ != nullptr; });
  if (!events_.empty()) {
    Event event = std::move(events_.front());
    events_.pop_front();
    return event;
  }
  if (error_ != nullptr) std::rethrow_exception(error_);
  return std::nullopt;
}

}  // namespace tessera::python
