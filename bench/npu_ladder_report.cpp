#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

#include "bench/npu_reports.h"
#include "bench/npu_seed_accuracy.h"
#include "src/compute/npu/cost/clock.h"
#include "tessera/info.h"

namespace tessera::bench {

using compute::npu::grade_name;
using compute::npu::kDesktopClockGhz;
using compute::npu::kPaperClockGhz;
using compute::npu::LadderRow;
using compute::npu::microseconds;

namespace {

void write_seed(const LadderRow& row, std::ostream& out) {
  if (row.seed_measured_ms) {
    out << std::setprecision(3) << std::setw(14) << *row.seed_measured_ms;
  } else {
    out << std::setw(14) << "";
  }
  if (row.seed_planned_ms) {
    out << std::setprecision(1) << std::setw(8) << row.seed_planned_ms->first << " - "
        << row.seed_planned_ms->second;
  }
}

void write_accuracies(std::ostream& out) {
  out << "\nThe seed's kernels on its own random numbers, against softmax attention in float64:\n"
      << std::left << std::setw(9) << "variant" << std::setw(7) << "shift" << std::setw(24)
      << "stack" << std::right << std::setw(8) << "r" << std::setw(10) << "recorded" << std::setw(8)
      << "mean" << std::setw(8) << "rms" << std::setw(6) << "max\n";
  for (const SeedAccuracy& row : seed_accuracies()) {
    out << std::left << std::setw(9) << row.variant << std::setw(7) << row.shift << std::setw(24)
        << row.stack << std::right;
    if (!row.accuracy) {
      out << "  " << row.refused << '\n';
      continue;
    }
    out << std::setprecision(4) << std::setw(8) << row.accuracy->correlation;
    if (row.recorded_correlation) {
      out << std::setw(10) << *row.recorded_correlation;
    } else {
      out << std::setw(10) << "";
    }
    out << std::setprecision(2) << std::setw(8) << row.accuracy->mean_error << std::setw(8)
        << row.accuracy->rms_error << std::setprecision(0) << std::setw(5)
        << row.accuracy->max_error << '\n';
  }
}

nlohmann::ordered_json accuracies_as_json() {
  auto rows = nlohmann::ordered_json::array();
  for (const SeedAccuracy& row : seed_accuracies()) {
    nlohmann::ordered_json entry = {
        {"variant", row.variant}, {"shift", row.shift}, {"stack", row.stack}};
    if (!row.refused.empty()) entry["refused"] = row.refused;
    if (row.accuracy) {
      entry["correlation"] = row.accuracy->correlation;
      entry["mean_error"] = row.accuracy->mean_error;
      entry["rms_error"] = row.accuracy->rms_error;
      entry["max_error"] = row.accuracy->max_error;
    }
    if (row.recorded_correlation) entry["recorded_correlation"] = *row.recorded_correlation;
    rows.push_back(entry);
  }
  return rows;
}

}  // namespace

void write_npu_ladder_table(const NpuLadder& ladder, std::ostream& out) {
  out << "Attention of one 64x64x64 tile pair of int8, step by step. Modelled cycles of a core "
         "without launches;\nof several cores, the time from one pair to the next. The seed's "
         "figures are wall clock of its tile with launch.\n\n"
      << std::left << std::setw(6) << "step" << std::setw(52) << "" << std::setw(7) << "grade"
      << std::right << std::setw(6) << "cores" << std::setw(17) << "modelled cycles"
      << std::setw(12) << "us 1.0 GHz" << std::setw(12) << "us 1.8 GHz" << std::setw(14)
      << "seed, ms" << std::setw(13) << "planned" << '\n'
      << std::fixed;
  for (const LadderRow& row : ladder) {
    out << std::left << std::setw(6) << row.step << std::setw(52)
        << row.what + (row.counted ? ", counted" : "") << std::setw(7) << grade_name(row.grade)
        << std::right << std::setw(6) << row.cores << std::setprecision(0) << std::setw(17)
        << row.modelled_cycles << std::setprecision(2) << std::setw(12)
        << microseconds(row.modelled_cycles, kPaperClockGhz) << std::setw(12)
        << microseconds(row.modelled_cycles, kDesktopClockGhz);
    write_seed(row, out);
    out << '\n';
  }
  out << "\nA launch comes on top, whatever it starts, in us per pair:\n" << std::setprecision(3);
  for (const auto& share : compute::npu::launch_shares()) {
    out << std::setw(10) << share.us_per_pair << "  " << share.how << '\n';
  }
  write_accuracies(out);
}

void write_npu_ladder_json(const NpuLadder& ladder, std::ostream& out) {
  nlohmann::ordered_json json;
  json["build"] = {{"version", version()}, {"compiler", __VERSION__}};
  json["launches"] = nlohmann::ordered_json::array();
  for (const auto& share : compute::npu::launch_shares()) {
    json["launches"].push_back({{"how", share.how}, {"modelled_us_per_pair", share.us_per_pair}});
  }
  json["results"] = nlohmann::ordered_json::array();
  for (const LadderRow& row : ladder) {
    nlohmann::ordered_json entry = {
        {"step", row.step},
        {"name", row.what},
        {"kind", "modelled"},
        {"grade", grade_name(row.grade)},
        {"cores", row.cores},
        {"counted", row.counted},
        {"modelled_cycles", row.modelled_cycles},
        {"modelled_us_at_1_0_ghz", microseconds(row.modelled_cycles, kPaperClockGhz)},
        {"modelled_us_at_1_8_ghz", microseconds(row.modelled_cycles, kDesktopClockGhz)}};
    if (row.seed_measured_ms) entry["seed_measured_ms"] = *row.seed_measured_ms;
    if (row.seed_planned_ms) {
      entry["seed_planned_ms"] = {row.seed_planned_ms->first, row.seed_planned_ms->second};
    }
    json["results"].push_back(entry);
  }
  json["seed_accuracy"] = accuracies_as_json();
  out << json.dump(2) << '\n';
}

}  // namespace tessera::bench
