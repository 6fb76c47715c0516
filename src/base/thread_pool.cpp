#include "src/base/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tessera::base {
namespace {

// Longer than the serial work between two loops of an engine, shorter than a scheduler's time
// slice.
constexpr std::chrono::microseconds kLook(50);
constexpr int kLooksPerClock = 100;
constexpr std::size_t kStopped = 1;  // added to the generation, which is even otherwise

// Whether `ready` came true within kLook.
template <class Ready>
bool looked(Ready ready) {
  const auto end = std::chrono::steady_clock::now() + kLook;
  do {
    for (int i = 0; i < kLooksPerClock; ++i) {
      if (ready()) return true;
    }
    std::this_thread::yield();  // to whoever the core is wanted by
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  const auto others = static_cast<std::size_t>(std::max(threads, 1) - 1);
  workers_.reserve(others);
  for (std::size_t i = 1; i <= others; ++i) workers_.emplace_back([this, i] { work(i); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    generation_ += kStopped;
  }
  start_.notify_all();
}

void ThreadPool::parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
  parallel_for_workers(count, [&](std::size_t i, std::size_t) { body(i); });
}

void ThreadPool::parallel_for_workers(std::size_t count, const Body& body) {
  if (count == 0) return;
  if (count == 1 || workers_.empty()) {
    for (std::size_t i = 0; i < count; ++i) body(i, 0);
    return;
  }
  body_ = &body;
  count_ = count;
  next_ = 0;
  failure_ = nullptr;
  busy_ = workers_.size();
  {
    // Under the lock, so that no worker goes to sleep between its last look and the notification.
    const std::lock_guard lock(mutex_);
    generation_ += 2;
  }
  start_.notify_all();
  run_blocks(0);
  wait_for_workers();
  if (std::exception_ptr failure = std::exchange(failure_, nullptr)) {
    std::rethrow_exception(failure);
  }
}

void ThreadPool::run_blocks(std::size_t worker) {
  for (std::size_t i = next_.fetch_add(1); i < count_; i = next_.fetch_add(1)) {
    try {
      (*body_)(i, worker);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      next_ = count_;  // the remaining blocks would be thrown away
    }
  }
}

std::size_t ThreadPool::wait_for_loop(std::size_t seen) {
  if (!looked([&] { return generation_ != seen; })) {
    std::unique_lock lock(mutex_);
    start_.wait(lock, [&] { return generation_ != seen; });
  }
  return generation_;
}

void ThreadPool::wait_for_workers() {
  if (looked([&] { return busy_ == 0; })) return;
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return busy_ == 0; });
}

void ThreadPool::work(std::size_t worker) {
  std::size_t seen = 0;
  for (;;) {
    seen = wait_for_loop(seen);
    if (seen % 2 == kStopped) return;
    run_blocks(worker);
    if (--busy_ == 0) {
      // Taking the lock waits for a caller that saw a busy worker and is about to sleep.
      { const std::lock_guard lock(mutex_); }
      done_.notify_one();
    }
  }
}

}  // namespace tessera::base
