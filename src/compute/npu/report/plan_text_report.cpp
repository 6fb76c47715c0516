// The report as tables for a terminal.
#include <algorithm>

#include "src/compute/npu/report/plan_report.h"
#include "src/compute/npu/report/text_parts.h"

namespace tessera::compute::npu {
namespace {

std::string left(const std::string& text, std::size_t columns) {
  return text + std::string(columns - std::min(columns, text.size()), ' ');
}

std::string right(const std::string& text, std::size_t columns) {
  return std::string(columns - std::min(columns, text.size()), ' ') + text;
}

std::string stage_table(const PlanReport& report) {
  std::string text =
      left("stage", 12) + right("cycles", 16) + right("ms", 10) + right("share", 8) + "\n";
  for (const StageReport& stage : report.stages) {
    text += left(stage.name, 12) + right(grouped(stage.cycles), 16) +
            right(fixed(stage.milliseconds, 2), 10) + right(percent(stage.share), 8) + "\n";
  }
  return text + left("all", 12) + right(grouped(report.times.cycles), 16) +
         right(fixed(report.array_ms, 2), 10) + "\n";
}

std::string memory_of(const TileReport& tile) {
  const std::size_t room = limits_of(kind_of(tile.use.tile)).memory;
  return kilobytes(tile.use.memory_bytes) + " of " + kilobytes(static_cast<std::int64_t>(room));
}

std::string tile_table(const PlanReport& report) {
  std::string text = left("tile", 18) + right("memory", 20) + right("program", 20) +
                     right("computes", 10) + right("waits", 8) + "  in/out\n";
  for (const TileReport& tile : report.tiles) {
    const TileKind kind = kind_of(tile.use.tile);
    const bool core = kind == TileKind::core;
    text += left(name_of(tile.use.tile), 18) +
            right(kind == TileKind::shim ? "" : memory_of(tile), 20) +
            right(core ? kilobytes(static_cast<std::int64_t>(tile.use.program_bytes)) + " of " +
                             kilobytes(kProgramBytes)
                       : "",
                  20) +
            right(core ? percent(tile.computes) : "", 10) +
            right(core ? percent(tile.waits) : "", 8) + "  " +
            std::to_string(tile.use.inputs.size()) + "/" + std::to_string(tile.use.outputs.size()) +
            "\n";
  }
  return text;
}

std::string kernel_table(const PlanReport& report) {
  std::string text = left("kernel", 30) + right("program", 10) + right("stack", 10) +
                     right("cycles a call", 15) + "  object\n";
  for (const KernelReport& row : report.kernels) {
    const CoreKernel& kernel = report.plan.kernels[row.kernel];
    text += left(kernel.name, 30) +
            right(kilobytes(static_cast<std::int64_t>(kernel.program_bytes)), 10) +
            right(kilobytes(static_cast<std::int64_t>(kernel.stack_bytes)), 10) +
            right(grouped(row.cycles), 15) + "  " + kernel.object + "\n";
  }
  return text;
}

}  // namespace

std::string report_text(const PlanReport& report) {
  const std::string clock = fixed(report.clock_ghz, 2) + " GHz";
  return report.title + ": plan " + report.plan.name + "\n" + "modelled, not measured: grade " +
         report.grade + ", " + clock + "\n\n" + stage_table(report) + "\n" + "array       " +
         fixed(report.array_ms, 2) + " ms for a window, cores compute " +
         percent(report.core_busy) + " of it\n" + "launches    " +
         std::to_string(report.times.launches) + ", " + fixed(report.launch_ms, 2) +
         " ms of the host's time\n" + "memory      " + fixed(report.memory_gb_s, 1) +
         " GB/s read and written\n\n" + tile_table(report) + "\n" + kernel_table(report);
}

}  // namespace tessera::compute::npu
