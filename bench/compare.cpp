#include "bench/compare.h"

#include <fstream>
#include <iomanip>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "tessera/error.h"

namespace tessera::bench {
namespace {

std::string key(const std::string& name, const std::string& variant, int threads) {
  std::string text = name;
  if (!variant.empty()) text += "  " + variant;
  if (threads > 1) text += "  " + std::to_string(threads) + " threads";
  return text;
}

std::map<std::string, double> read_medians(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Error(ErrorCode::bad_file, path + ": cannot be read");
  std::map<std::string, double> medians;
  try {
    const nlohmann::json json = nlohmann::json::parse(file);
    for (const nlohmann::json& row : json.at("results")) {
      if (row.contains("verdict")) continue;  // errors, not times
      medians[key(row.at("name"), row.value("variant", ""), row.value("threads", 1))] =
          row.at("median");
    }
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCode::bad_file, path + ": expected a report written by --json");
  }
  return medians;
}

}  // namespace

void write_comparison(const Report& report, const std::string& path, std::ostream& out) {
  std::map<std::string, double> before = read_medians(path);
  std::set<std::string> only_here;
  out << "\ncompared with " << path << " (medians, then how many times faster this run is)\n"
      << std::fixed;
  for (const Row& row : report.rows) {
    if (row.verdict) continue;
    const std::string name = key(row.name, row.variant, row.threads);
    const auto found = before.find(name);
    if (found == before.end()) {
      only_here.insert(name);
      continue;
    }
    out << "  " << std::left << std::setw(60) << name << std::right << std::setprecision(3)
        << std::setw(11) << found->second << std::setw(11) << row.summary.median << " "
        << std::setw(7) << std::setprecision(2) << found->second / row.summary.median << "x\n";
    before.erase(found);
  }
  for (const std::string& name : only_here) out << "  only in this run: " << name << '\n';
  for (const auto& [name, median] : before) out << "  only in the other: " << name << '\n';
}

}  // namespace tessera::bench
