// Results of a benchmark as a table for people and as JSON for programs.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/accuracy.h"
#include "bench/statistics.h"

namespace tessera::bench {

/// One line of a report. `kind` keeps what a clock measured apart from what a model predicts.
struct Row {
  std::string name;  ///< what is computed: "encode", "matmul_i8 1500x512x512"
  std::string unit = "ms";
  Summary summary;
  std::string kind = "measured";
  bool verified = false;  ///< the answer was checked before its time counted
  int decimals = 2;       ///< in the table

  // Of kernels only.
  std::string variant;  ///< as the code that ran names itself
  std::string isa;      ///< that it was compiled for
  int threads = 1;
  double giga_ops_per_s = 0;  ///< multiplications and additions, at the median
  double share_of_peak = 0;   ///< of what PeakTable measured in this process; 0: not known
  double times_baseline = 0;  ///< how many times faster than the baseline of the same run; 0: none
  double cycles = 0;          ///< of one thread at the clock rate measured in this process
  std::optional<Accuracy> accuracy;
  std::optional<TileVerdict> verdict;  ///< of rows that tell errors, not times
};

struct Report {
  /// What all rows share: {"model", "random:tiny"}.
  std::vector<std::pair<std::string, std::string>> setting;
  double peak_rss_mb = 0;
  std::optional<double> energy_j;  ///< of the processor package in this run, where RAPL can be read
  std::vector<Row> rows;
};

/// The processor's name.
std::string cpu_model();

/// Of this process, up to now.
double peak_rss_mb();

void write_table(const Report& report, std::ostream& out);

/// {"machine": {...}, "build": {...}, "setting": {...}, "results": [...]}
void write_json(const Report& report, std::ostream& out);

}  // namespace tessera::bench
