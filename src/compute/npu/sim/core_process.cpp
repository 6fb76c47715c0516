#include "src/compute/npu/sim/core_process.h"

#include <algorithm>
#include <cassert>

#include "src/compute/npu/sim/sim_costs.h"

namespace tessera::compute::npu {
namespace {

std::vector<std::size_t> find_loop_ends(const std::vector<Step>& program) {
  std::vector<std::size_t> ends(program.size(), 0), open;
  for (std::size_t i = 0; i < program.size(); ++i) {
    if (program[i].kind == Step::Kind::loop) open.push_back(i);
    if (program[i].kind != Step::Kind::end) continue;
    assert(!open.empty());
    ends[open.back()] = i;
    open.pop_back();
  }
  assert(open.empty());
  return ends;
}

}  // namespace

CoreProcess::CoreProcess(SimState& state, std::size_t core)
    : state_(state),
      core_(state.plan.cores[core]),
      times_(state.result.cores[core]),
      track_(core),
      process_(state.schedule.add(this)),
      ports_(state.plan.fifos.size()),
      loop_ends_(find_loop_ends(core_.program)),
      core_index_(core) {
  for (std::size_t i = 0; i < state.plan.fifos.size(); ++i) {
    const Fifo& fifo = state.plan.fifos[i];
    if (fifo.producer == core_.tile) ports_[i] = {state.ends[i].producer, true, 0};
    for (std::size_t j = 0; j < fifo.consumers.size(); ++j) {
      if (fifo.consumers[j] == core_.tile) ports_[i] = {state.ends[i].consumers[j], false, 0};
    }
    if (ports_[i].end.is_pool()) state.pools[ports_[i].end.pool].processes.push_back(process_);
  }
  if (state.moves_data()) place_buffers();
}

void CoreProcess::place_buffers() {
  for (const LocalBuffer& buffer : core_.buffers) {
    const auto bytes = static_cast<std::size_t>(buffer.bytes);
    if (runner() == nullptr) {
      buffers_.push_back(own_.emplace_back(bytes).data());
    } else {
      buffers_.push_back(runner()->place(core_index_, buffer.name, bytes));
    }
    std::fill_n(buffers_.back(), bytes, ObjectPool::kPaint);
  }
}

void CoreProcess::begin_launch() {
  ready_at_ = std::max(ready_at_, state_.schedule.now());
  state_.schedule.wake(process_);
}

bool CoreProcess::at_start() const { return !busy_ && !begun_; }

void CoreProcess::advance() {
  while (!busy_) {
    const Step& step = core_.program[next_];
    switch (step.kind) {
      case Step::Kind::acquire:
        if (!acquire(step)) return;
        break;
      case Step::Kind::release:
        release(step);
        break;
      case Step::Kind::call:
        call(step);
        break;
      case Step::Kind::loop:
        begin_loop(step);
        break;
      case Step::Kind::end:
        end_loop();
        break;
    }
    if (next_ < core_.program.size()) continue;
    next_ = 0;
    begun_ = false;
  }
}

void CoreProcess::complete() {
  if (runner() != nullptr) runner()->finish(core_index_);
  busy_ = false;
  ready_at_ = state_.schedule.now();
  advance();
}

bool CoreProcess::acquire(const Step& step) {
  Port& port = ports_[step.index];
  const ObjectPool& pool = state_.pools[port.end.pool];
  const std::int64_t count = port.held + step.count;
  if (!(port.writes ? pool.can_write(port.end.number, count)
                    : pool.can_read(port.end.number, count))) {
    return false;
  }
  const std::int64_t waited = state_.schedule.now() - ready_at_;
  if (waited > 0) {
    times_.stall_cycles += waited;
    state_.trace(track_, 0, ready_at_, waited);
    ready_at_ += waited;
  }
  port.held = count;
  begun_ = begun_ || !port.writes;
  ready_at_ += kLockCycles;
  times_.lock_cycles += kLockCycles;
  ++next_;
  return true;
}

/// The object is the other side's at once, though the core may still owe the cycles of the locks
/// that it took before: at most a few tens.
void CoreProcess::release(const Step& step) {
  Port& port = ports_[step.index];
  ObjectPool& pool = state_.pools[port.end.pool];
  port.held -= step.count;
  if (port.writes) {
    pool.finish_write(port.end.number, step.count);
  } else {
    pool.finish_read(port.end.number, step.count);
  }
  ready_at_ = std::max(ready_at_, state_.schedule.now()) + kLockCycles;
  times_.lock_cycles += kLockCycles;
  state_.notify(pool);
  ++next_;
}

std::byte* CoreProcess::place_of(const Argument& argument) {
  if (!state_.moves_data()) return nullptr;
  if (argument.source == Argument::Source::buffer) return buffers_[argument.index];
  const Port& port = ports_[argument.index];
  ObjectPool& pool = state_.pools[port.end.pool];
  return port.writes ? pool.write_place(port.end.number, argument.object)
                     : pool.read_place(port.end.number, argument.object);
}

void CoreProcess::call(const Step& step) {
  const CoreKernel& kernel = state_.plan.kernels[step.index];
  places_.clear();
  for (const Argument& argument : step.arguments) places_.push_back(place_of(argument));
  if (runner() != nullptr) {
    runner()->start(core_index_, kernel, places_, step.scalars);
  } else if (state_.moves_data()) {
    kernel.run(places_, step.scalars);
  }
  const std::int64_t cycles = state_.options.cycles(kernel, places_, step.scalars);
  const std::int64_t start = std::max(ready_at_, state_.schedule.now());
  times_.compute_cycles += cycles;
  ++times_.calls;
  state_.trace(track_, 1 + step.index, start, cycles);
  busy_ = true;
  ++next_;
  state_.schedule.complete_in(start + cycles - state_.schedule.now(), process_);
}

void CoreProcess::begin_loop(const Step& step) {
  if (step.count == 0) {
    next_ = loop_ends_[next_] + 1;
    return;
  }
  ++next_;
  loops_.push_back({next_, step.count});
}

void CoreProcess::end_loop() {
  Loop& loop = loops_.back();
  if (--loop.left > 0) {
    next_ = loop.begin;
    return;
  }
  loops_.pop_back();
  ++next_;
}

std::string CoreProcess::waits_for() const {
  const Step& step = core_.program[next_];
  if (busy_ || step.kind != Step::Kind::acquire) return "";
  const bool holds =
      std::any_of(ports_.begin(), ports_.end(), [](const Port& one) { return one.held > 0; });
  if (!begun_ && !holds) return "";
  const Port& port = ports_[step.index];
  const ObjectPool& pool = state_.pools[port.end.pool];
  const std::int64_t there =
      (port.writes ? pool.free_for(port.end.number) : pool.full_for(port.end.number)) - port.held;
  return name_of(core_.tile) + " waits for " + std::to_string(step.count) +
         (port.writes ? " free" : " full") + " of fifo " + state_.plan.fifos[step.index].name +
         " (step " + std::to_string(next_) + ", there are " + std::to_string(there) + " of " +
         std::to_string(pool.depth()) + ")";
}

}  // namespace tessera::compute::npu
