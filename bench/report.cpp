#include "bench/report.h"

#include <fstream>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "tessera/info.h"

namespace tessera::bench {
namespace {

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace

void write_table(const Setting& setting, const std::vector<Row>& rows, std::ostream& out) {
  out << setting.model << '\n'
      << setting.device << '\n'
      << setting.audio_s << " s of sound; peak memory " << std::fixed << std::setprecision(0)
      << setting.peak_rss_mb << " MB\n\n"
      << std::left << std::setw(14) << "stage" << std::right << std::setw(12) << "median"
      << std::setw(12) << "p90" << std::setw(12) << "min" << std::setw(6) << "n"
      << "  unit\n";
  out << std::setprecision(2);
  for (const Row& row : rows) {
    out << std::left << std::setw(14) << row.name << std::right << std::setw(12)
        << row.summary.median << std::setw(12) << row.summary.p90 << std::setw(12)
        << row.summary.min << std::setw(6) << row.summary.n << "  " << row.unit
        << (row.verified ? "" : "  (not verified)") << '\n';
  }
}

void write_json(const Setting& setting, const std::vector<Row>& rows, std::ostream& out) {
  nlohmann::ordered_json json;
  json["machine"] = {{"cpu", cpu_model()},
                     {"hardware_threads", std::thread::hardware_concurrency()},
                     {"features", cpu_features()}};
  json["build"] = {{"version", version()}, {"compiler", __VERSION__}};
  json["setting"] = {{"model", setting.model},
                     {"device", setting.device},
                     {"precision", setting.precision},
                     {"audio_s", setting.audio_s},
                     {"peak_rss_mb", setting.peak_rss_mb}};
  json["results"] = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    const Summary& s = row.summary;
    json["results"].push_back({{"name", row.name},
                               {"unit", row.unit},
                               {"median", s.median},
                               {"mean", s.mean},
                               {"std", s.std},
                               {"p90", s.p90},
                               {"p95", s.p95},
                               {"p99", s.p99},
                               {"min", s.min},
                               {"max", s.max},
                               {"n", s.n},
                               {"verified", row.verified},
                               {"kind", row.kind}});
  }
  out << json.dump(2) << '\n';
}

}  // namespace tessera::bench
