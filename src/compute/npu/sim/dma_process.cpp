#include "src/compute/npu/sim/dma_process.h"

#include <algorithm>
#include <cmath>

#include "src/compute/npu/sim/sim_costs.h"

namespace tessera::compute::npu {
namespace {

/// Where this fifo's part of the memory tile's object begins.
std::int64_t part_offset(const ArrayPlan& plan, std::size_t fifo, bool output) {
  for (const Link& link : plan.links) {
    const auto& ends = output ? link.outputs : link.inputs;
    const auto found = std::find(ends.begin(), ends.end(), fifo);
    if (found == ends.end() || ends.size() < 2) continue;
    return link.offsets_bytes[static_cast<std::size_t>(found - ends.begin())];
  }
  return 0;
}

}  // namespace

DmaProcess::DmaProcess(SimState& state, std::size_t fifo)
    : state_(state),
      fifo_(fifo),
      shape_(state.plan.fifos[fifo]),
      source_(state.ends[fifo].source),
      sinks_(state.ends[fifo].sinks),
      read_(producer_access(shape_)),
      write_(consumer_access(shape_)),
      source_offset_(part_offset(state.plan, fifo, true)),
      sink_offset_(part_offset(state.plan, fifo, false)),
      piece_(piece_bytes(shape_)),
      process_(state.schedule.add(this)) {
  if (source_.is_pool()) state.pools[source_.pool].processes.push_back(process_);
  for (const PoolEnd& sink : sinks_) state.pools[sink.pool].processes.push_back(process_);
  if (state.moves_data()) stream_.resize(static_cast<std::size_t>(piece_));
}

void DmaProcess::add_task(std::byte* base, const Access& access, bool token) {
  tasks_.push_back({base, &access, access.stream_bytes(), 0, token});
  state_.schedule.wake(process_);
}

bool DmaProcess::source_ready() const {
  if (from_host()) return !tasks_.empty();
  return state_.pools[source_.pool].can_read(source_.number, 1);
}

bool DmaProcess::sinks_ready() const {
  if (to_host()) return !tasks_.empty();
  return std::all_of(sinks_.begin(), sinks_.end(), [&](const PoolEnd& sink) {
    return state_.pools[sink.pool].can_write(sink.number, 1);
  });
}

void DmaProcess::advance() {
  if (busy_ || !source_ready() || !sinks_ready()) return;
  busy_ = true;
  started_ = state_.schedule.now();
  state_.schedule.complete_in(piece_cycles(), process_);
}

/// Within the array a word per cycle. A shim's channel is a little slower, pays for every task, and
/// all of them share the host's memory, which serves requests in their order.
std::int64_t DmaProcess::piece_cycles() {
  const double words = static_cast<double>(piece_) / kWordBytes;
  if (!from_host() && !to_host()) return kDmaSetupCycles + static_cast<std::int64_t>(words);
  std::int64_t before = 0;
  if (tasks_.front().done == 0) before += from_host() ? kShimReadTaskCycles : kShimWriteTaskCycles;
  if (cold_) before += from_host() ? kShimColdReadCycles : kShimColdWriteCycles;
  cold_ = false;
  const auto now = static_cast<double>(state_.schedule.now());
  double& memory_free = from_host() ? state_.memory_read_free : state_.memory_write_free;
  memory_free = std::max(memory_free, now) +
                static_cast<double>(piece_) / state_.options.memory_bytes_per_cycle;
  return before + static_cast<std::int64_t>(
                      std::ceil(std::max(memory_free - now, words * kShimCyclesPerWord)));
}

void DmaProcess::complete() {
  const std::int64_t cycles = state_.schedule.now() - started_;
  FifoTimes& times = state_.result.fifos[fifo_];
  times.busy_cycles += cycles;
  times.bytes += piece_;
  if (from_host()) state_.result.host_bytes_read += piece_;
  if (to_host()) state_.result.host_bytes_written += piece_;
  state_.trace(state_.plan.cores.size() + fifo_, 1 + state_.plan.kernels.size(), started_, cycles);
  if (state_.moves_data()) move_piece();
  busy_ = false;
  finish_source();
  finish_sinks();
  if (from_host() || to_host()) finish_task();
  advance();
}

void DmaProcess::move_piece() {
  if (from_host()) {
    const Task& task = tasks_.front();
    read_stream(*task.access, task.base, task.done, stream_);
  } else {
    const std::byte* object = state_.pools[source_.pool].read_place(source_.number);
    read_stream(read_, object + source_offset_, sent_bytes_, stream_);
  }
  if (to_host()) {
    const Task& task = tasks_.front();
    write_stream(*task.access, task.base, task.done, stream_);
  }
  for (const PoolEnd& sink : sinks_) {
    std::byte* object = state_.pools[sink.pool].write_place(sink.number);
    write_stream(write_, object + sink_offset_, received_bytes_, stream_);
  }
}

void DmaProcess::finish_source() {
  if (from_host()) return;
  sent_bytes_ += piece_;
  if (sent_bytes_ < shape_.object_bytes) return;
  sent_bytes_ = 0;
  if (++sends_ < shape_.repeat) return;
  sends_ = 0;
  ObjectPool& pool = state_.pools[source_.pool];
  pool.finish_read(source_.number, 1);
  state_.notify(pool);
}

void DmaProcess::finish_sinks() {
  if (to_host()) return;
  received_bytes_ += piece_;
  if (received_bytes_ < shape_.consumer_bytes) return;
  received_bytes_ = 0;
  for (const PoolEnd& sink : sinks_) {
    ObjectPool& pool = state_.pools[sink.pool];
    pool.finish_write(sink.number, 1);
    state_.notify(pool);
  }
}

void DmaProcess::finish_task() {
  Task& task = tasks_.front();
  task.done += piece_;
  if (task.done < task.bytes) return;
  if (task.token) ++tokens_;
  tasks_.pop_front();
  state_.schedule.wake(host_);
}

std::string DmaProcess::waits_for() const {
  const bool source = source_ready(), sinks = sinks_ready();
  if (busy_ || (!source && !sinks) || (source && sinks)) return "";
  // An idle stream of a plan that ended well has room and nothing to send.
  if (!source && idle() && received_bytes_ == 0) return "";
  const std::string dma = "the DMA of fifo " + shape_.name + " waits for ";
  if (!source) {
    return dma + "an object in " + name_of(shape_.producer) +
           (to_host() ? " (" + std::to_string(tasks_.front().done) + " of " +
                            std::to_string(tasks_.front().bytes) + " bytes arrived)"
                      : "");
  }
  if (to_host()) return dma + "a transfer of the host";
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    if (state_.pools[sinks_[i].pool].can_write(sinks_[i].number, 1)) continue;
    return dma + "room in " + name_of(shape_.consumers[i]);
  }
  return "";
}

}  // namespace tessera::compute::npu
