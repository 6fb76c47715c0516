// Threads that take jobs from a queue which does not grow without bound.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace tessera::base {

/// Runs jobs on a fixed number of threads, begun in the order in which they were handed over. Jobs
/// do not throw. For work that waits; loops belong in a ThreadPool.
class JobThreads {
 public:
  /// `threads`, `most_waiting` >= 1; of the latter many jobs may wait for a thread.
  JobThreads(int threads, std::size_t most_waiting);
  /// Ends when the jobs that have begun are done; those that wait are dropped.
  ~JobThreads();
  JobThreads(const JobThreads&) = delete;
  JobThreads& operator=(const JobThreads&) = delete;

  /// Hands over a job, as soon as fewer than `most_waiting` wait. Returns false when `stop` asks to
  /// give up before that. From any thread.
  bool submit(std::function<void()> job, const std::stop_token& stop);

 private:
  void work(const std::stop_token& stop);

  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::jthread> threads_;
};

}  // namespace tessera::base
