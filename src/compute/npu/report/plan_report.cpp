#include "src/compute/npu/report/plan_report.h"

#include <algorithm>
#include <utility>

#include "src/compute/npu/plan/check/check_plan.h"

namespace tessera::compute::npu {
namespace {

const Core* core_at(const ArrayPlan& plan, Tile tile) {
  const auto core = std::find_if(plan.cores.begin(), plan.cores.end(),
                                 [&](const Core& one) { return one.tile == tile; });
  return core == plan.cores.end() ? nullptr : &*core;
}

/// Objects of a fifo at one of its ends.
MemoryPart objects_of(const Fifo& fifo, bool produced) {
  const std::int64_t depth = produced ? fifo.producer_depth : fifo.consumer_depth;
  const std::int64_t bytes = produced ? fifo.object_bytes : fifo.consumer_bytes;
  return {(produced ? "to " : "from ") + fifo.name + ", " + std::to_string(depth) + " x " +
              std::to_string(bytes),
          depth * bytes};
}

std::vector<MemoryPart> parts_of(const ArrayPlan& plan, const TileUse& use) {
  std::vector<MemoryPart> parts;
  if (kind_of(use.tile) == TileKind::shim) return parts;
  if (const Core* core = core_at(plan, use.tile)) {
    parts.push_back({"stack", static_cast<std::int64_t>(core->stack_bytes)});
    for (const LocalBuffer& buffer : core->buffers) parts.push_back({buffer.name, buffer.bytes});
    for (const std::size_t fifo : use.inputs) parts.push_back(objects_of(plan.fifos[fifo], false));
    for (const std::size_t fifo : use.outputs) parts.push_back(objects_of(plan.fifos[fifo], true));
    return parts;
  }
  // In a memory tile linked fifos share their objects: the larger end's count.
  parts.push_back({"objects on their way", use.memory_bytes});
  return parts;
}

std::vector<TileReport> tiles_of(const ArrayPlan& plan, const SimResult& times) {
  std::vector<TileReport> tiles;
  for (TileUse& use : tile_uses(plan)) {
    TileReport tile{std::move(use), {}, 0, 0};
    tile.parts = parts_of(plan, tile.use);
    for (const CoreTimes& core : times.cores) {
      if (!(core.tile == tile.use.tile) || times.cycles == 0) continue;
      tile.computes = static_cast<double>(core.compute_cycles) / static_cast<double>(times.cycles);
      tile.waits = static_cast<double>(core.stall_cycles) / static_cast<double>(times.cycles);
    }
    tiles.push_back(std::move(tile));
  }
  return tiles;
}

/// Cycles of a call, with the numbers of the first one in any core's program.
std::int64_t cycles_of(const ArrayPlan& plan, std::size_t kernel, const KernelCycles& cycles) {
  for (const Core& core : plan.cores) {
    for (const Step& step : core.program) {
      if (step.kind != Step::Kind::call || step.index != kernel) continue;
      const std::vector<std::byte*> none(step.arguments.size(), nullptr);
      return cycles(plan.kernels[kernel], none, step.scalars);
    }
  }
  return 0;
}

}  // namespace

PlanReport make_plan_report(ArrayPlan plan, const PlanReportOptions& options) {
  require_valid(plan);
  PlanReport report;
  report.title = options.title;
  report.grade = options.grade;
  report.clock_ghz = options.clock_ghz;
  report.plan = std::move(plan);
  report.times = simulate(report.plan, {}, {.cycles = options.cycles, .timing_only = true});
  const SimResult& times = report.times;
  const auto total = static_cast<double>(std::max<std::int64_t>(times.cycles, 1));
  report.tiles = tiles_of(report.plan, times);
  for (std::size_t i = 0; i < times.stage_cycles.size(); ++i) {
    const std::int64_t cycles = times.stage_cycles[i];
    report.stages.push_back({report.plan.stages[i].name, cycles,
                             static_cast<double>(cycles) / (1e6 * options.clock_ghz),
                             static_cast<double>(cycles) / total});
  }
  for (std::size_t i = 0; i < report.plan.kernels.size(); ++i) {
    report.kernels.push_back({i, cycles_of(report.plan, i, options.cycles)});
  }
  report.array_ms = times.array_microseconds(options.clock_ghz) / 1000;
  report.launch_ms = times.launch_microseconds() / 1000;
  const auto moved = static_cast<double>(times.host_bytes_read + times.host_bytes_written);
  report.memory_gb_s = moved / total * options.clock_ghz;
  for (const CoreTimes& core : times.cores) {
    report.core_busy +=
        static_cast<double>(core.compute_cycles) / total / static_cast<double>(times.cores.size());
  }
  return report;
}

std::string report_objects(const ArrayPlan& plan) {
  std::string text = "plan " + plan.name + "\n";
  for (const CoreKernel& kernel : plan.kernels) text += kernel.name + " " + kernel.object + "\n";
  return text;
}

}  // namespace tessera::compute::npu
