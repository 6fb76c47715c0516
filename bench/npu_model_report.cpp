#include <algorithm>
#include <cmath>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

#include "bench/npu_reports.h"
#include "tessera/info.h"

namespace tessera::bench {

using compute::npu::CalibrationPoint;

void write_npu_model_table(const NpuPoints& points, std::ostream& out) {
  std::size_t longest = 0;
  for (const CalibrationPoint& point : points) longest = std::max(longest, point.name.size());
  const int width = static_cast<int>(longest + 4);
  out << "The NPU's cost model against published measurements; nothing was measured here.\n"
      << std::fixed;
  const std::string* group = nullptr;
  for (const CalibrationPoint& point : points) {
    if (group == nullptr || *group != point.group) {
      group = &point.group;
      out << '\n'
          << std::left << std::setw(width) << point.group << std::right << "\n"
          << std::setw(width) << ""
          << " published  modelled   error    band  unit\n";
    }
    out << std::left << std::setw(width) << "  " + point.name << std::right << std::setprecision(2)
        << std::setw(10) << point.published << std::setw(10) << point.modelled << std::showpos
        << std::setprecision(1) << std::setw(7) << 100 * point.error() << "%" << std::noshowpos;
    if (point.band) {
      out << std::setw(7) << 100 * *point.band << "%";
    } else {
      out << std::setw(8) << "-";
    }
    out << "  " << point.unit << "  (" << point.source << ")" << (point.holds() ? "" : "  OUT")
        << '\n';
  }
  const auto banded = std::count_if(points.begin(), points.end(),
                                    [](const CalibrationPoint& p) { return p.band.has_value(); });
  const auto out_of_band = std::count_if(points.begin(), points.end(),
                                         [](const CalibrationPoint& p) { return !p.holds(); });
  out << '\n' << banded - out_of_band << " of " << banded << " points are in their bands\n";
}

void write_npu_model_json(const NpuPoints& points, std::ostream& out) {
  nlohmann::ordered_json json;
  json["build"] = {{"version", version()}, {"compiler", __VERSION__}};
  json["results"] = nlohmann::ordered_json::array();
  for (const CalibrationPoint& point : points) {
    json["results"].push_back({{"group", point.group},
                               {"name", point.name},
                               {"unit", point.unit},
                               {"published", {{"value", point.published}, {"kind", "published"}}},
                               {"modelled", {{"value", point.modelled}, {"kind", "modelled"}}},
                               {"error", point.error()},
                               {"band", point.band ? nlohmann::ordered_json(*point.band) : nullptr},
                               {"holds", point.holds()},
                               {"source", point.source}});
  }
  out << json.dump(2) << '\n';
}

}  // namespace tessera::bench
