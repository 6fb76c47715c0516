#include "bench/report.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "bench/verdict_table.h"
#include "tessera/info.h"

namespace tessera::bench {
namespace {

nlohmann::ordered_json to_json(const Summary& s) {
  return {{"median", s.median}, {"mean", s.mean}, {"std", s.std}, {"p90", s.p90}, {"p95", s.p95},
          {"p99", s.p99},       {"min", s.min},   {"max", s.max}, {"n", s.n}};
}

nlohmann::ordered_json to_json(const Accuracy& accuracy) {
  return {{"correlation", accuracy.correlation},
          {"mean_error", accuracy.mean_error},
          {"rms_error", accuracy.rms_error},
          {"max_error", accuracy.max_error},
          {"share_within_5", accuracy.share_within_5}};
}

nlohmann::ordered_json to_json(const TileVerdict& verdict) {
  nlohmann::ordered_json json = {{"tiles", verdict.tiles},
                                 {"best_weight", verdict.best_weight},
                                 {"equals_scalar", verdict.equals_scalar},
                                 {"meets_demand", verdict.meets_demand}};
  if (verdict.unquantised) json["unquantised"] = to_json(*verdict.unquantised);
  if (verdict.scale_shift) json["scale_shift"] = *verdict.scale_shift;
  return json;
}

nlohmann::ordered_json to_json(const Row& row) {
  nlohmann::ordered_json json = {{"name", row.name}, {"unit", row.unit}};
  json.update(to_json(row.summary));
  json["verified"] = row.verified;
  json["kind"] = row.kind;
  if (row.variant.empty()) return json;
  json["variant"] = row.variant;
  json["isa"] = row.isa;
  json["threads"] = row.threads;
  json["giga_ops_per_s"] = row.giga_ops_per_s;
  if (row.share_of_peak > 0) json["share_of_peak"] = row.share_of_peak;
  if (row.times_baseline > 0) json["times_baseline"] = row.times_baseline;
  if (row.cycles > 0) json["cycles"] = row.cycles;
  if (row.accuracy) json["accuracy"] = to_json(*row.accuracy);
  if (row.verdict) json["verdict"] = to_json(*row.verdict);
  return json;
}

std::string label(const Row& row) {
  if (row.variant.empty()) return row.name;
  return row.name + "  " + row.variant +
         (row.threads > 1 ? "  " + std::to_string(row.threads) + " threads" : "");
}

void write_kernel_columns(const Row& row, std::ostream& out) {
  const auto column = [&](double value, int digits, const char* unit) {
    if (value > 0) {
      out << std::setw(9) << std::setprecision(digits) << value << unit;
    } else {
      out << std::setw(10) << "";
    }
  };
  column(row.giga_ops_per_s, 1, " ");
  column(100 * row.share_of_peak, 1, "%");
  column(row.times_baseline, 1, "x");
  if (row.accuracy) {
    out << "  r " << std::setprecision(4) << row.accuracy->correlation << ", max "
        << std::setprecision(1) << row.accuracy->max_error;
  }
}

void write_times(const std::vector<Row>& rows, std::ostream& out) {
  std::size_t width = 14;
  bool kernels = false;
  for (const Row& row : rows) {
    width = std::max(width, label(row).size() + 2);
    kernels = kernels || !row.variant.empty();
  }
  const int first = static_cast<int>(width);
  out << '\n'
      << std::left << std::setw(first) << "" << std::right << std::setw(11) << "median"
      << std::setw(11) << "p90" << std::setw(11) << "min" << std::setw(6) << "n"
      << "  unit";
  if (kernels) out << "      Gop/s      peak  baseline";
  out << '\n';
  for (const Row& row : rows) {
    out << std::left << std::setw(first) << label(row) << std::right
        << std::setprecision(row.decimals) << std::setw(11) << row.summary.median << std::setw(11)
        << row.summary.p90 << std::setw(11) << row.summary.min << std::setw(6) << row.summary.n
        << "  " << row.unit;
    if (!row.variant.empty()) write_kernel_columns(row, out);
    out << (row.verified ? "" : "  (not verified)") << '\n';
  }
}

}  // namespace

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

double peak_rss_mb() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void write_table(const Report& report, std::ostream& out) {
  for (const auto& [name, value] : report.setting) out << name << ": " << value << '\n';
  out << std::fixed << std::setprecision(0) << "peak memory: " << report.peak_rss_mb << " MB\n";
  out << "energy: ";
  if (report.energy_j) {
    out << std::setprecision(1) << *report.energy_j << " J\n";
  } else {
    out << "cannot be read here\n";
  }
  std::vector<Row> timed;
  std::copy_if(report.rows.begin(), report.rows.end(), std::back_inserter(timed),
               [](const Row& row) { return !row.verdict; });
  if (!timed.empty()) write_times(timed, out);
  write_verdicts(report.rows, out);
}

void write_json(const Report& report, std::ostream& out) {
  nlohmann::ordered_json json;
  json["machine"] = {{"cpu", cpu_model()},
                     {"hardware_threads", std::thread::hardware_concurrency()},
                     {"features", cpu_features()}};
  json["build"] = {{"version", version()}, {"compiler", __VERSION__}};
  json["setting"] = nlohmann::ordered_json::object();
  for (const auto& [name, value] : report.setting) json["setting"][name] = value;
  json["peak_rss_mb"] = report.peak_rss_mb;
  json["energy_j"] = report.energy_j ? nlohmann::ordered_json(*report.energy_j) : nullptr;
  json["results"] = nlohmann::ordered_json::array();
  for (const Row& row : report.rows) json["results"].push_back(to_json(row));
  out << json.dump(2) << '\n';
}

}  // namespace tessera::bench
