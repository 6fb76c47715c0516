#include "src/compute/npu/sim/sim_state.h"

#include <algorithm>

namespace tessera::compute::npu {
namespace {

std::size_t add_pool(SimState& state, std::int64_t depth, std::int64_t bytes, std::size_t writers,
                     std::size_t readers) {
  state.pools.emplace_back(depth, bytes, writers, readers);
  if (state.moves_data()) state.pools.back().allocate();
  return state.pools.size() - 1;
}

/// Objects of a fifo in a core.
std::size_t add_core_pool(SimState& state, const Fifo& fifo, Tile tile, std::int64_t depth,
                          std::int64_t bytes) {
  CoreRunner* const runner = state.moves_data() ? state.options.runner : nullptr;
  if (runner == nullptr) return add_pool(state, depth, bytes, 1, 1);
  const auto core = std::find_if(state.plan.cores.begin(), state.plan.cores.end(),
                                 [&](const Core& one) { return one.tile == tile; });
  state.pools.emplace_back(depth, bytes, 1, 1);
  state.pools.back().use(runner->place(static_cast<std::size_t>(core - state.plan.cores.begin()),
                                       fifo.name, static_cast<std::size_t>(depth * bytes)));
  return state.pools.size() - 1;
}

/// A memory tile's buffers: as deep as what comes in, for a join as what goes out.
void add_link(SimState& state, const Link& link) {
  const Fifo& input = state.plan.fifos[link.inputs[0]];
  const Fifo& output = state.plan.fifos[link.outputs[0]];
  const bool join = link.inputs.size() > 1;
  const std::size_t pool = add_pool(state, join ? output.producer_depth : input.consumer_depth,
                                    join ? output.object_bytes : input.consumer_bytes,
                                    link.inputs.size(), link.outputs.size());
  for (std::size_t i = 0; i < link.inputs.size(); ++i) {
    state.ends[link.inputs[i]].sinks = {{pool, i}};
  }
  for (std::size_t i = 0; i < link.outputs.size(); ++i) {
    state.ends[link.outputs[i]].source = {pool, i};
  }
}

void add_cores_pools(SimState& state, std::size_t index) {
  const Fifo& fifo = state.plan.fifos[index];
  FifoEnds& ends = state.ends[index];
  if (kind_of(fifo.producer) == TileKind::core) {
    const std::size_t pool =
        add_core_pool(state, fifo, fifo.producer, fifo.producer_depth, fifo.object_bytes);
    ends.producer = {pool, 0};
    ends.source = {pool, 0};
  }
  ends.consumers.resize(fifo.consumers.size());
  for (std::size_t i = 0; i < fifo.consumers.size(); ++i) {
    if (kind_of(fifo.consumers[i]) != TileKind::core) continue;
    const std::size_t pool =
        add_core_pool(state, fifo, fifo.consumers[i], fifo.consumer_depth, fifo.consumer_bytes);
    ends.consumers[i] = {pool, 0};
    ends.sinks.push_back({pool, 0});
  }
}

}  // namespace

SimState::SimState(const ArrayPlan& the_plan, const SimOptions& the_options,
                   std::span<const std::span<std::byte>> the_host_buffers)
    : plan(the_plan),
      options(the_options),
      host_buffers(the_host_buffers),
      schedule(the_options.order_seed) {
  ends.resize(plan.fifos.size());
  for (std::size_t i = 0; i < plan.fifos.size(); ++i) add_cores_pools(*this, i);
  for (const Link& link : plan.links) add_link(*this, link);
  result.cores.resize(plan.cores.size());
  for (std::size_t i = 0; i < plan.cores.size(); ++i) result.cores[i].tile = plan.cores[i].tile;
  result.fifos.resize(plan.fifos.size());
  result.stage_cycles.resize(plan.stages.size());
}

void SimState::notify(const ObjectPool& pool) {
  for (const std::size_t process : pool.processes) schedule.wake(process);
}

void SimState::trace(std::size_t track, std::size_t name, std::int64_t start, std::int64_t cycles) {
  if (options.trace != nullptr) options.trace->events.push_back({track, name, start, cycles});
}

}  // namespace tessera::compute::npu
