#include "src/base/job_threads.h"

#include <utility>

namespace tessera::base {

JobThreads::JobThreads(int threads, std::size_t most_waiting) : most_waiting_(most_waiting) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

JobThreads::~JobThreads() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

bool JobThreads::submit(std::function<void()> job, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, stop, [this] { return jobs_.size() < most_waiting_; })) return false;
  jobs_.push_back(std::move(job));
  changed_.notify_all();
  return true;
}

void JobThreads::work(const std::stop_token& stop) {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return !jobs_.empty(); });
      if (stop.stop_requested()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
      changed_.notify_all();
    }
    job();
  }
}

}  // namespace tessera::base
