// A plan and what it would take, as numbers for tables and drawings. All times are modelled.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/compute/npu/cost/grade.h"
#include "src/compute/npu/plan/array_plan.h"
#include "src/compute/npu/sim/simulator.h"

namespace tessera::compute::npu {

/// Something that lies in a tile's memory.
struct MemoryPart {
  std::string name;
  std::int64_t bytes = 0;
};

struct TileReport {
  TileUse use;
  std::vector<MemoryPart> parts;  ///< together use.memory_bytes; none for shims
  double computes = 0;            ///< share of the time; cores alone
  double waits = 0;               ///< for objects, likewise
};

struct StageReport {
  std::string name;
  std::int64_t cycles = 0;  ///< of all launches
  double milliseconds = 0;
  double share = 0;
};

struct KernelReport {
  std::size_t kernel = 0;   ///< of the plan
  std::int64_t cycles = 0;  ///< of one call
};

struct PlanReport {
  std::string title;  ///< "base in int8"
  ArrayPlan plan;
  std::string grade;
  double clock_ghz = 0;
  std::vector<TileReport> tiles;
  std::vector<StageReport> stages;
  std::vector<KernelReport> kernels;
  SimResult times;
  double array_ms = 0;
  double launch_ms = 0;    ///< what the host pays to start them
  double memory_gb_s = 0;  ///< read and written, while the array works
  double core_busy = 0;    ///< mean share of the cores' time in kernels
};

struct PlanReportOptions {
  std::string title;
  std::string grade;  ///< of `cycles`, by name
  double clock_ghz = 1.0;
  KernelCycles cycles;
};

/// Simulates the plan for the time alone. Throws what simulate() throws.
PlanReport make_plan_report(ArrayPlan plan, const PlanReportOptions& options);

/// Tables for a terminal.
std::string report_text(const PlanReport& report);

/// A page for a browser: the array as a drawing, the stages, tables. Nothing from elsewhere.
std::string report_page(const PlanReport& report);

/// "plan NAME", then a line for each kernel: its symbol, and the object file that it is in.
std::string report_objects(const ArrayPlan& plan);

}  // namespace tessera::compute::npu
