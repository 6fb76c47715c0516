#include "src/compute/npu/sim/simulator.h"

#include <algorithm>
#include <memory>

#include "src/compute/npu/sim/core_process.h"
#include "src/compute/npu/sim/dma_process.h"
#include "src/compute/npu/sim/host_process.h"
#include "src/compute/npu/sim/sim_costs.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

void check_buffers(const ArrayPlan& plan, std::span<const std::span<std::byte>> buffers) {
  if (buffers.size() != plan.host_buffers.size()) {
    throw Error(ErrorCode::bad_argument,
                "simulate: the plan has " + std::to_string(plan.host_buffers.size()) +
                    " host buffers, got " + std::to_string(buffers.size()));
  }
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const HostBuffer& wanted = plan.host_buffers[i];
    const std::int64_t bytes = wanted.bytes + (plan.launches - 1) * wanted.launch_stride_bytes;
    if (static_cast<std::int64_t>(buffers[i].size()) >= bytes) continue;
    throw Error(ErrorCode::bad_argument, "simulate: host buffer " + wanted.name + " needs " +
                                             std::to_string(bytes) + " bytes, got " +
                                             std::to_string(buffers[i].size()));
  }
}

void name_tracks(const ArrayPlan& plan, Trace& trace) {
  for (const Core& core : plan.cores) trace.tracks.push_back(name_of(core.tile));
  for (const Fifo& fifo : plan.fifos) trace.tracks.push_back("DMA " + fifo.name);
  trace.names.emplace_back("waits");
  for (const CoreKernel& kernel : plan.kernels) trace.names.push_back(kernel.name);
  trace.names.emplace_back("transfer");
}

/// A run: the processes, and what holds at the end of each launch.
class Run {
 public:
  Run(const ArrayPlan& plan, std::span<const std::span<std::byte>> buffers,
      const SimOptions& options)
      : state_(plan, options, buffers) {
    for (std::size_t i = 0; i < plan.cores.size(); ++i) {
      cores_.push_back(std::make_unique<CoreProcess>(state_, i));
    }
    for (std::size_t i = 0; i < plan.fifos.size(); ++i) {
      dmas_.push_back(std::make_unique<DmaProcess>(state_, i));
    }
    host_ = std::make_unique<HostProcess>(state_, dmas_);
  }

  void launch(std::int64_t number) {
    if (state_.options.stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    const std::int64_t begin = state_.schedule.now();
    for (const auto& core : cores_) core->begin_launch();
    for (const auto& dma : dmas_) dma->begin_launch();
    host_->begin_launch(number);
    state_.schedule.run();
    if (!host_->done()) fail("deadlock: ");
    check_end();
    state_.result.cycles += host_->done_at() - begin;
    ++state_.result.launches;
  }

  const SimResult& result() const { return state_.result; }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    std::string message = "plan " + state_.plan.name + ": " + what;
    const char* separator = "";
    const auto add = [&](const std::string& text) {
      if (text.empty()) return;
      message += separator + text;
      separator = "; ";
    };
    add(host_->waits_for());
    for (const auto& core : cores_) add(core->waits_for());
    for (const auto& dma : dmas_) add(dma->waits_for());
    throw Error(ErrorCode::bad_argument, message);
  }

  /// What a launch leaves behind, the next would find: runs that differ by turns.
  void check_end() const {
    for (std::size_t i = 0; i < cores_.size(); ++i) {
      if (cores_[i]->at_start()) continue;
      fail(name_of(state_.plan.cores[i].tile) + " has not ended its program with the launch: ");
    }
    for (std::size_t i = 0; i < dmas_.size(); ++i) {
      if (dmas_[i]->idle() && !holds_objects(state_.ends[i])) continue;
      fail("fifo " + state_.plan.fifos[i].name + " holds objects that nobody took: ");
    }
  }

  bool holds_objects(const FifoEnds& ends) const {
    const auto holds = [&](const PoolEnd& end) {
      return end.is_pool() && !state_.pools[end.pool].empty();
    };
    return holds(ends.source) || std::any_of(ends.sinks.begin(), ends.sinks.end(), holds);
  }

  SimState state_;
  std::vector<std::unique_ptr<CoreProcess>> cores_;
  std::vector<std::unique_ptr<DmaProcess>> dmas_;
  std::unique_ptr<HostProcess> host_;
};

/// What `launches` launches take, of which two were simulated: the first began with idle cores, all
/// others as the second did, for check_end() saw that nothing else is left of a launch.
SimResult extrapolated(const SimResult& first, const SimResult& both, std::int64_t launches) {
  const auto all = [&](std::int64_t one, std::int64_t two) {
    return one + (two - one) * (launches - 1);
  };
  SimResult result = both;
  for (std::size_t i = 0; i < result.cores.size(); ++i) {
    const CoreTimes &one = first.cores[i], &two = both.cores[i];
    result.cores[i] = {one.tile, all(one.compute_cycles, two.compute_cycles),
                       all(one.lock_cycles, two.lock_cycles),
                       all(one.stall_cycles, two.stall_cycles), all(one.calls, two.calls)};
  }
  for (std::size_t i = 0; i < result.fifos.size(); ++i) {
    const FifoTimes &one = first.fifos[i], &two = both.fifos[i];
    result.fifos[i] = {all(one.busy_cycles, two.busy_cycles), all(one.bytes, two.bytes)};
  }
  for (std::size_t i = 0; i < result.stage_cycles.size(); ++i) {
    result.stage_cycles[i] = all(first.stage_cycles[i], both.stage_cycles[i]);
  }
  result.launches = launches;
  result.cycles = all(first.cycles, both.cycles);
  result.host_bytes_read = all(first.host_bytes_read, both.host_bytes_read);
  result.host_bytes_written = all(first.host_bytes_written, both.host_bytes_written);
  return result;
}

}  // namespace

double SimResult::array_microseconds(double clock_ghz) const {
  return static_cast<double>(cycles) / (clock_ghz * 1e3);
}

double SimResult::launch_microseconds() const {
  const bool listed = launches >= kRunListLaunches;
  return static_cast<double>(launches) * (listed ? kListedLaunchMicroseconds : kLaunchMicroseconds);
}

SimResult simulate(const ArrayPlan& plan, std::span<const std::span<std::byte>> host_buffers,
                   const SimOptions& options) {
  if (!options.timing_only) check_buffers(plan, host_buffers);
  if (options.trace != nullptr) name_tracks(plan, *options.trace);
  Run run(plan, host_buffers, options);
  run.launch(0);
  if (plan.launches == 1) return run.result();
  if (options.timing_only) {
    const SimResult first = run.result();
    run.launch(1);
    return extrapolated(first, run.result(), plan.launches);
  }
  for (std::int64_t i = 1; i < plan.launches; ++i) run.launch(i);
  return run.result();
}

}  // namespace tessera::compute::npu
