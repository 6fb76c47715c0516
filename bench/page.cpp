#include "bench/page.h"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <sstream>

#include "bench/chart.h"
#include "bench/verdict_table.h"

namespace tessera::bench {
namespace {

constexpr const char* kStyle = R"(<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem;
  color: #1c2024; background: #fff; }
svg text { font: 12px system-ui, sans-serif; fill: #3a4148; }
svg line { stroke: #dde1e5; }
svg rect { fill: #9db4c8; }
svg rect.strong { fill: #c2542d; }
svg circle { fill: #c2542d; fill-opacity: .8; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: right; padding: .2rem .6rem; border-bottom: 1px solid #e7eaed; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.note { color: #5b646c; }
.wide { overflow-x: auto; }
</style>
)";

std::string fixed(double value, int digits) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(digits) << value;
  return text.str();
}

std::string label(const Row& row) {
  std::string text = row.variant.empty() ? row.name : row.variant;
  if (row.threads > 1) text += ", " + std::to_string(row.threads) + " threads";
  return text;
}

// The rows of one name, slowest first.
std::vector<Row> rows_named(const Report& report, const std::string& name) {
  std::vector<Row> rows;
  for (const Row& row : report.rows) {
    if (row.name == name) rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.summary.median > b.summary.median; });
  return rows;
}

std::string chart_of(const std::vector<Row>& rows) {
  std::vector<Bar> bars;
  for (const Row& row : rows) {
    std::string text = fixed(row.summary.median, 2) + " " + row.unit;
    if (row.share_of_peak > 0) text += ", " + fixed(100 * row.share_of_peak, 0) + " % of peak";
    bars.push_back({label(row), row.summary.median, text, &row == &rows.back()});
  }
  return bar_chart(bars, rows.front().unit + ", median; shorter is faster");
}

// What the project's first plan measured and hoped for, beside which our tiles stand.
std::string seed_ladder() {
  const std::vector<Bar> bars = {{"measured: scalar kernel", 2.233, "2.233 ms", true},
                                 {"planned: vectorised", 1.25, "1.0 - 1.5 ms", false},
                                 {"planned: faster softmax", 0.85, "0.7 - 1.0 ms", false},
                                 {"planned: fused", 0.6, "0.5 - 0.7 ms", false},
                                 {"planned: several cores", 0.25, "0.2 - 0.3 ms", false}};
  return "<h2>The plan's ladder for the same tile</h2>\n<p class=\"note\">Wall clock of one tile "
         "on "
         "AMD's Phoenix NPU, host copies and launch included: the first bar was measured by "
         "Unicorn-Amanuensis on 2025-10-30, the others are its targets. The figures above are "
         "times of one CPU thread; the two are not the same machine.</p>\n" +
         bar_chart(bars, "ms, NPU wall clock");
}

std::string size_chart(const Report& report) {
  std::vector<Bar> bars;
  for (const Row& row : report.rows) {
    if (row.name.substr(0, 5) != "tile " || row.name.find('x') == std::string::npos) continue;
    bars.push_back({row.name, row.giga_ops_per_s, fixed(row.giga_ops_per_s, 0) + " Gop/s", false});
  }
  return bars.empty() ? "" : "<h2>Speed against tile size</h2>\n" + bar_chart(bars, "Gop/s");
}

std::string accuracy_chart(const std::vector<Row>& rows) {
  std::vector<Point> points;
  for (const Row& row : rows) {
    if (row.accuracy) points.push_back({row.summary.median, row.accuracy->rms_error, label(row)});
  }
  if (points.size() < 2) return "";
  return "<h2>Accuracy against speed</h2>\n" +
         scatter_chart(points, "us per tile, median",
                       "root mean square error against softmax in float64, steps of int8");
}

void write_table_of(const Report& report, std::ostream& out) {
  out << "<h2>All figures</h2>\n<div "
         "class=\"wide\"><table>\n<tr><th>what</th><th>variant</th><th>threads</th>"
         "<th>median</th><th>mean</th><th>std</th><th>p90</th><th>p95</th><th>p99</th><th>min</th>"
         "<th>max</th><th>n</th><th>unit</th><th>Gop/s</th><th>% of peak</th><th>x baseline</th>"
         "<th>cycles</th><th>r</th><th>max error</th></tr>\n";
  for (const Row& row : report.rows) {
    const Summary& s = row.summary;
    out << "<tr><td>" << escape_html(row.name) << "</td><td>" << escape_html(row.variant)
        << "</td><td>" << row.threads << "</td>";
    for (const double value : {s.median, s.mean, s.std, s.p90, s.p95, s.p99, s.min, s.max}) {
      out << "<td>" << fixed(value, 3) << "</td>";
    }
    out << "<td>" << s.n << "</td><td>" << escape_html(row.unit) << "</td>";
    const auto cell = [&](double value, int digits) {
      out << "<td>" << (value > 0 ? fixed(value, digits) : "") << "</td>";
    };
    cell(row.giga_ops_per_s, 1);
    cell(100 * row.share_of_peak, 1);
    cell(row.times_baseline, 1);
    cell(row.cycles, 0);
    out << "<td>" << (row.accuracy ? fixed(row.accuracy->correlation, 4) : "") << "</td><td>"
        << (row.accuracy ? fixed(row.accuracy->max_error, 1) : "") << "</td></tr>\n";
  }
  out << "</table></div>\n";
}

}  // namespace

void write_page_head(const char* title, const char* heading, std::ostream& out) {
  out << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width\">\n<title>"
      << title << "</title>\n"
      << kStyle << "</head>\n<body>\n<h1>" << heading << "</h1>\n";
}

void write_page(const Report& report, std::ostream& out) {
  write_page_head("Tessera's figures", "How fast Tessera's kernels are on this machine", out);
  out << "<p>" << escape_html(cpu_model());
  for (const auto& [name, value] : report.setting) {
    out << "; " << escape_html(name) << ": " << escape_html(value);
  }
  out << "; peak memory " << fixed(report.peak_rss_mb, 0)
      << " MB. Every answer was checked before its time counted; medians of interleaved "
         "runs.</p>\n";
  std::vector<std::string> names;
  for (const Row& row : report.rows) {
    if (row.verdict) continue;  // errors, not times
    if (std::find(names.begin(), names.end(), row.name) == names.end()) names.push_back(row.name);
  }
  for (const std::string& name : names) {
    if (rows_named(report, name).size() == 1) continue;  // nothing to compare: in the table alone
    out << "<h2>" << escape_html(name) << "</h2>\n" << chart_of(rows_named(report, name));
    if (name == "tile") out << seed_ladder() << accuracy_chart(rows_named(report, name));
  }
  out << size_chart(report);
  write_verdicts_html(report.rows, out);
  write_table_of(report, out);
  out << "</body>\n</html>\n";
}

}  // namespace tessera::bench
