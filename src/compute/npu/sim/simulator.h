// Runs an array plan here: cores, DMA channels, locks, memory tiles and the host's instruction
// stream, with the data that they would move and the cycles that they would take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "src/compute/npu/plan/array_plan.h"
#include "src/compute/npu/sim/sim_costs.h"
#include "src/compute/npu/sim/trace.h"

namespace tessera::compute::npu {

/// Cycles of one call on a core, asked when it has begun. Timing alone passes null pointers.
using KernelCycles = std::function<std::int64_t(const CoreKernel&, std::span<std::byte* const>,
                                                std::span<const std::int32_t>)>;

/// Where the cores of a run keep what they work on, and who runs their kernels, by the core's index
/// in the plan. A core has at most one kernel under way.
class CoreRunner {
 public:
  virtual ~CoreRunner() = default;
  /// Memory for a core's buffer, or for the objects of a fifo that it writes or reads.
  virtual std::byte* place(std::size_t core, const std::string& name, std::size_t bytes) = 0;
  /// Begins a kernel.
  virtual void start(std::size_t core, const CoreKernel& kernel,
                     std::span<std::byte* const> buffers,
                     std::span<const std::int32_t> scalars) = 0;
  /// Returns when it is done. Throws what it threw.
  virtual void finish(std::size_t core) = 0;
};

struct SimOptions {
  KernelCycles cycles;
  /// Moves no data and runs no kernel. All launches but the first take the same cycles, as they
  /// begin in the same state: two are simulated and count for all.
  bool timing_only = false;
  /// What all shims together get from memory, per direction.
  double memory_bytes_per_cycle = kMemoryBytesPerCycle;
  Trace* trace = nullptr;  ///< is told what happened when, if not null
  /// Runs the kernels, if not null. Otherwise they run at once, in memory that is nobody's.
  CoreRunner* runner = nullptr;
  /// Looked at before each launch.
  std::stop_token stop = {};
  /// Takes what could happen at the same time in another order: the data must not notice.
  std::uint64_t order_seed = 0;
};

/// Where a core's cycles went. What is left of the launches' cycles it was idle.
struct CoreTimes {
  Tile tile;
  std::int64_t compute_cycles = 0;
  std::int64_t lock_cycles = 0;   ///< acquiring and releasing
  std::int64_t stall_cycles = 0;  ///< waiting for objects
  std::int64_t calls = 0;
};

/// The DMA channels of one fifo.
struct FifoTimes {
  std::int64_t busy_cycles = 0;
  std::int64_t bytes = 0;  ///< through the stream
};

/// Modelled, not measured.
struct SimResult {
  std::vector<CoreTimes> cores;            ///< as in the plan
  std::vector<FifoTimes> fifos;            ///< as in the plan
  std::vector<std::int64_t> stage_cycles;  ///< as in the plan; of all launches
  std::int64_t launches = 0;
  std::int64_t cycles = 0;  ///< of all launches, without what starting them costs the host
  std::int64_t host_bytes_read = 0;
  std::int64_t host_bytes_written = 0;

  double array_microseconds(double clock_ghz) const;
  /// What the launches cost beside the array's cycles; together in a run list from 16 on.
  double launch_microseconds() const;
};

/// Runs all launches of a plan that check_plan accepts, over the host's buffers in the plan's order
/// (none for timing alone). Deterministic: the same bits for any order_seed and any cycles. Throws
/// Error{bad_argument} that says who waits for what if the plan deadlocks, overflows a shim's queue
/// or ends a launch in another state than it began in; Error{cancelled} when it was asked to stop.
SimResult simulate(const ArrayPlan& plan, std::span<const std::span<std::byte>> host_buffers,
                   const SimOptions& options);

}  // namespace tessera::compute::npu
