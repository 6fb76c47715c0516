#include "src/compute/npu/sim/schedule.h"

#include <utility>

namespace tessera::compute::npu {

std::size_t Schedule::add(Process* process) {
  processes_.push_back(process);
  is_ready_.push_back(0);
  return processes_.size() - 1;
}

void Schedule::complete_in(std::int64_t cycles, std::size_t process) {
  const std::uint64_t order = shuffle_ ? random_() : announced_++;
  events_.push({now_ + cycles, order, process});
}

void Schedule::wake(std::size_t process) {
  if (is_ready_[process] != 0) return;
  is_ready_[process] = 1;
  ready_.push_back(process);
}

std::size_t Schedule::next_ready() {
  if (shuffle_) std::swap(ready_[random_() % ready_.size()], ready_.back());
  const std::size_t process = ready_.back();
  ready_.pop_back();
  is_ready_[process] = 0;
  return process;
}

void Schedule::run() {
  while (true) {
    while (!ready_.empty()) processes_[next_ready()]->advance();
    if (events_.empty()) return;
    const Event event = events_.top();
    events_.pop();
    now_ = event.time;
    processes_[event.process]->complete();
  }
}

}  // namespace tessera::compute::npu
