// A pool of threads that one engine owns and hands blocks of work to.
//
// A loop of an engine is often over within microseconds, and the next one follows at once. So
// workers look for the next loop for a while before they sleep, and the caller does the same before
// it sleeps for the last worker: waking a thread takes longer than most loops.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tessera::base {

/// Runs loops on a fixed number of threads, the calling one included. Never global: each engine
/// owns its pool, so two engines in one process do not disturb each other.
class ThreadPool {
 public:
  /// `threads` >= 1; one of them is the caller of parallel_for.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls body(i) once for each i in [0, count), in any order, on any of the threads, and returns
  /// when all are done. Blocks are handed out one by one, so uneven ones balance. The first
  /// exception that a body throws is thrown here after the others have ended. One loop at a time;
  /// not reentrant.
  void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body);

  /// The same with the number of the thread, from 0 to threads() - 1, for memory of its own.
  void parallel_for_workers(std::size_t count,
                            const std::function<void(std::size_t, std::size_t)>& body);

 private:
  using Body = std::function<void(std::size_t, std::size_t)>;

  void work(std::size_t worker);
  void run_blocks(std::size_t worker);
  std::size_t wait_for_loop(std::size_t seen);
  void wait_for_workers();

  std::mutex mutex_;
  std::condition_variable start_;
  std::condition_variable done_;
  std::atomic<std::size_t> generation_ =
      0;                               // which loop the workers should be in; odd: none any more
  std::atomic<std::size_t> busy_ = 0;  // workers still inside it

  const Body* body_ = nullptr;
  std::size_t count_ = 0;
  std::atomic<std::size_t> next_ = 0;
  std::exception_ptr failure_;

  std::vector<std::jthread> workers_;
};

/// Physical cores that this process may run on: its affinity mask, hyper-threads counted once, and
/// no more than its control group's CPU quota. At least 1.
int available_cores();

}  // namespace tessera::base
