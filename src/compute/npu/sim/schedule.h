// Simulated time: who is to be told what, and when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <queue>
#include <random>
#include <string>
#include <vector>

namespace tessera::compute::npu {

/// Something that acts by itself: a core, a fifo's DMA, the host's instruction stream.
class Process {
 public:
  virtual ~Process() = default;
  /// Begins whatever can begin now. Called after anything changed that it may wait for.
  virtual void advance() = 0;
  /// What it began is complete.
  virtual void complete() = 0;
  /// "core (0,2) waits for ..."; empty if it waits for nothing.
  virtual std::string waits_for() const = 0;
};

/// A discrete-event loop. Equal times are taken in the order in which they were announced, or with
/// a seed in an order of its own.
class Schedule {
 public:
  explicit Schedule(std::uint64_t order_seed) : shuffle_(order_seed != 0), random_(order_seed) {}

  std::size_t add(Process* process);
  std::int64_t now() const { return now_; }
  /// Calls complete() of a process that many cycles from now.
  void complete_in(std::int64_t cycles, std::size_t process);
  /// Calls advance() of a process before time goes on.
  void wake(std::size_t process);
  /// Until nothing is left to happen.
  void run();

 private:
  struct Event {
    std::int64_t time;
    std::uint64_t order;
    std::size_t process;

    bool operator>(const Event& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };

  std::size_t next_ready();

  std::vector<Process*> processes_;
  std::vector<char> is_ready_;
  std::vector<std::size_t> ready_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::int64_t now_ = 0;
  std::uint64_t announced_ = 0;
  bool shuffle_;
  std::mt19937_64 random_;
};

}  // namespace tessera::compute::npu
