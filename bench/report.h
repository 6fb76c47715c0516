// Results of a benchmark as a table for people and as JSON for programs.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "bench/statistics.h"

namespace tessera::bench {

/// One line of a report. `kind` keeps what a clock measured apart from what a model predicts.
struct Row {
  std::string name;
  std::string unit = "ms";
  Summary summary;
  std::string kind = "measured";
  bool verified = false;  ///< the answer was checked before its time counted
};

/// What all rows share.
struct Setting {
  std::string model;
  std::string device;
  std::string precision;
  double audio_s = 0;
  double peak_rss_mb = 0;
};

void write_table(const Setting& setting, const std::vector<Row>& rows, std::ostream& out);

/// {"machine": {...}, "build": {...}, "setting": {...}, "results": [...]}
void write_json(const Setting& setting, const std::vector<Row>& rows, std::ostream& out);

}  // namespace tessera::bench
