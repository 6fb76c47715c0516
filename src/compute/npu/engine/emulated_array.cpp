#include "src/compute/npu/engine/emulated_array.h"

#include <algorithm>
#include <utility>

#include "src/compute/npu/plan/array_plan.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

struct Wanted {
  std::string name;
  std::size_t bytes;
};

/// A core's buffers and objects, the largest first.
std::vector<Wanted> wanted_of(const ArrayPlan& plan, const Core& core) {
  std::vector<Wanted> wanted;
  for (const LocalBuffer& buffer : core.buffers) {
    wanted.push_back({buffer.name, static_cast<std::size_t>(buffer.bytes)});
  }
  for (const Fifo& fifo : plan.fifos) {
    if (fifo.producer == core.tile) {
      wanted.push_back(
          {fifo.name, static_cast<std::size_t>(fifo.producer_depth * fifo.object_bytes)});
    }
    if (std::find(fifo.consumers.begin(), fifo.consumers.end(), core.tile) !=
        fifo.consumers.end()) {
      wanted.push_back(
          {fifo.name, static_cast<std::size_t>(fifo.consumer_depth * fifo.consumer_bytes)});
    }
  }
  std::stable_sort(wanted.begin(), wanted.end(),
                   [](const Wanted& a, const Wanted& b) { return a.bytes > b.bytes; });
  return wanted;
}

std::byte* place_in(CoreState& core, const Wanted& wanted) {
  for (std::size_t bank = 0; bank < kBanks; ++bank) {
    if (core.has_room(wanted.bytes, bank)) return core.place(wanted.name, wanted.bytes, bank);
  }
  return core.place(wanted.name, wanted.bytes);
}

void add(std::vector<KernelCounts>& all, const KernelCounts& one) {
  const auto kernel = std::find_if(all.begin(), all.end(), [&](const KernelCounts& other) {
    return other.kernel == one.kernel;
  });
  if (kernel == all.end()) {
    all.push_back(one);
    return;
  }
  kernel->calls += one.calls;
  kernel->outside += one.outside;
  for (const LoopCounts& loop : one.loops) {
    const auto same =
        std::find_if(kernel->loops.begin(), kernel->loops.end(),
                     [&](const LoopCounts& other) { return other.name == loop.name; });
    if (same == kernel->loops.end()) {
      kernel->loops.push_back(loop);
      continue;
    }
    same->entries += loop.entries;
    same->trips += loop.trips;
    same->issued += loop.issued;
    same->bank_conflicts += loop.bank_conflicts;
  }
}

}  // namespace

EmulatedArray::EmulatedArray(const ArrayPlan& plan, int threads) {
  for (const Core& core : plan.cores) {
    cores_.push_back(std::make_unique<EmulatedCore>());
    EmulatedCore& emulated = *cores_.back();
    for (const Wanted& wanted : wanted_of(plan, core)) {
      emulated.places.push_back({wanted.name, wanted.bytes, place_in(emulated.state, wanted)});
    }
    const Wanted stack{
        "stack", (core.stack_bytes + kVectorAlignment - 1) / kVectorAlignment * kVectorAlignment};
    // The stack takes what is left; a buffer of its size finds where that is.
    CoreState probe;
    for (const Place& place : emulated.places) {
      probe.declare(place.name, emulated.state.offset_of(place.memory), place.bytes);
    }
    emulated.state.reserve_stack(probe.offset_of(place_in(probe, stack)), stack.bytes);
  }
  for (int i = 0; i < threads; ++i) workers_.emplace_back([this] { work(); });
}

EmulatedArray::~EmulatedArray() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    waiting_.clear();
  }
  begun_.notify_all();
}

std::byte* EmulatedArray::place(std::size_t core, const std::string& name, std::size_t bytes) {
  for (const Place& place : cores_.at(core)->places) {
    if (place.name == name && place.bytes == bytes) return place.memory;
  }
  throw Error(ErrorCode::internal, "npu array: core " + std::to_string(core) + " has no '" + name +
                                       "' of " + std::to_string(bytes) + " bytes");
}

void EmulatedArray::start(std::size_t core, const CoreKernel& kernel,
                          std::span<std::byte* const> buffers,
                          std::span<const std::int32_t> scalars) {
  EmulatedCore& emulated = *cores_.at(core);
  {
    const std::lock_guard lock(mutex_);
    emulated.kernel = &kernel;
    emulated.buffers.assign(buffers.begin(), buffers.end());
    emulated.scalars.assign(scalars.begin(), scalars.end());
    emulated.busy = true;
    waiting_.push_back(&emulated);
  }
  begun_.notify_one();
}

void EmulatedArray::run(EmulatedCore& core) {
  try {
    const CoreScope scope(core.state, core.kernel->name);
    core.kernel->run(core.buffers, core.scalars);
  } catch (...) {
    core.failure = std::current_exception();
  }
}

/// Runs what has waited longest, without the lock; false if nothing waits.
bool EmulatedArray::run_next(std::unique_lock<std::mutex>& lock) {
  if (waiting_.empty()) return false;
  EmulatedCore* const core = waiting_.front();
  waiting_.pop_front();
  lock.unlock();
  run(*core);
  lock.lock();
  core->busy = false;
  done_.notify_all();
  return true;
}

void EmulatedArray::work() {
  std::unique_lock lock(mutex_);
  while (!ends_) {
    if (!run_next(lock)) begun_.wait(lock, [this] { return ends_ || !waiting_.empty(); });
  }
}

void EmulatedArray::finish(std::size_t core) {
  EmulatedCore& emulated = *cores_.at(core);
  std::unique_lock lock(mutex_);
  // Who waits for one kernel runs another.
  while (emulated.busy) {
    if (!run_next(lock)) done_.wait(lock, [&] { return !emulated.busy || !waiting_.empty(); });
  }
  if (emulated.failure) std::rethrow_exception(std::exchange(emulated.failure, nullptr));
}

std::vector<KernelCounts> EmulatedArray::counts() const {
  std::vector<KernelCounts> all;
  for (const auto& core : cores_) {
    for (const KernelCounts& one : core->state.counts()) add(all, one);
  }
  return all;
}

}  // namespace tessera::compute::npu
