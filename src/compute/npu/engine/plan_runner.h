// What an engine runs an array plan with: the simulator, or the chip through XRT. An engine writes
// the host's buffers, runs, and reads them; where they lie and when they travel is the runner's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "src/compute/npu/plan/array_plan.h"

namespace tessera::compute::npu {

/// Bytes of a host's buffer over all launches of its plan.
constexpr std::int64_t host_bytes(const ArrayPlan& plan, const HostBuffer& buffer) {
  return buffer.bytes + (plan.launches - 1) * buffer.launch_stride_bytes;
}

/// A plan that is ready to run, and the host's buffers. Not for several threads at the same time.
class LoadedPlan {
 public:
  virtual ~LoadedPlan() = default;

  /// Buffer `index` of the plan's host_buffers, of host_bytes; zeros at first. What is written
  /// there before a run is what the array reads in it: a buffer that was not asked for since the
  /// last run is not sent again.
  virtual std::span<std::byte> write(std::size_t index) = 0;

  /// The same buffer as the last run left it.
  virtual std::span<const std::byte> read(std::size_t index) = 0;

  /// All launches, in order. Throws Error{cancelled} when `stop` asks for it before the first of
  /// them, Error{device_failed} when one does not end in time or ends badly; the buffers' contents
  /// are then unknown, and the next run begins afresh.
  virtual void run(const std::stop_token& stop) = 0;
};

/// A place that runs plans. What it loads must not outlive it.
class PlanRunner {
 public:
  virtual ~PlanRunner() = default;

  /// One line: what runs the plan, and that it is modelled where it is.
  virtual std::string describe() const = 0;

  /// Throws Error{bad_argument} for a plan that check_plan refuses, Error{bad_file} when what was
  /// built for the chip was built for another plan.
  virtual std::unique_ptr<LoadedPlan> load(const ArrayPlan& plan) = 0;
};

}  // namespace tessera::compute::npu
