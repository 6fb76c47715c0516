// What the processes of a simulated run share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "src/compute/npu/plan/array_plan.h"
#include "src/compute/npu/sim/object_pool.h"
#include "src/compute/npu/sim/schedule.h"
#include "src/compute/npu/sim/simulator.h"

namespace tessera::compute::npu {

/// One side of a pool: the writer or reader of that number.
struct PoolEnd {
  std::size_t pool = SIZE_MAX;
  std::size_t number = 0;

  bool is_pool() const { return pool != SIZE_MAX; }
};

/// Where a fifo's DMA reads and writes: pools, or the host's memory where there is none.
struct FifoEnds {
  PoolEnd producer;                ///< the core's writing end; none if DMA fills the pool
  PoolEnd source;                  ///< the DMA's reading end; none: from the host
  std::vector<PoolEnd> sinks;      ///< the DMA's writing ends by consumer; none: to the host
  std::vector<PoolEnd> consumers;  ///< the cores' reading ends by consumer
};

struct SimState {
  SimState(const ArrayPlan& the_plan, const SimOptions& the_options,
           std::span<const std::span<std::byte>> the_host_buffers);

  bool moves_data() const { return !options.timing_only; }
  /// Wakes whoever may wait for that pool.
  void notify(const ObjectPool& pool);
  void trace(std::size_t track, std::size_t name, std::int64_t start, std::int64_t cycles);

  const ArrayPlan& plan;
  const SimOptions& options;
  std::span<const std::span<std::byte>> host_buffers;
  Schedule schedule;
  std::vector<ObjectPool> pools;
  std::vector<FifoEnds> ends;  ///< by fifo
  SimResult result;
  /// When the host's memory has delivered (taken) what it was asked for so far.
  double memory_read_free = 0;
  double memory_write_free = 0;
};

}  // namespace tessera::compute::npu
