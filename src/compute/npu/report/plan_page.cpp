// The report as one page for a browser.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "src/compute/npu/report/array_drawing.h"
#include "src/compute/npu/report/plan_report.h"
#include "src/compute/npu/report/text_parts.h"

namespace tessera::compute::npu {
namespace {

constexpr const char* kStyle = R"(<style>
:root { --text: #1c2024; --soft: #5b646c; --page: #ffffff; --line: #dfe3e7; --track: #e4e8ec;
  --core: #f4f7fa; --memtile: #fdf4e7; --shim: #eef4ee;
  --row: #2f7d5b; --column: #3566a8; --back: #c2542d; --in: #7a8794; --out: #c2542d;
  --memory: #3566a8; --program: #8a63a8; --time: #2f7d5b; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ec; --soft: #9aa4ad; --page: #14171a;
  --line: #333a41; --track: #333a41; --core: #1d2227; --memtile: #2a241a; --shim: #1c2620;
  --row: #58b48a; --column: #79a6e3; --back: #ee8a63; --in: #8b97a3; --out: #ee8a63;
  --memory: #79a6e3; --program: #b795d3; --time: #58b48a; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 68rem; padding: 0 1rem;
  color: var(--text); background: var(--page); }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
.note { color: var(--soft); margin-top: 0; }
.badge { background: var(--back); color: var(--page); border-radius: 1rem; padding: .1rem .6rem;
  font-size: 13px; font-weight: 600; }
.figures { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.4rem 0; }
.figures div { border: 1px solid var(--line); border-radius: .6rem; padding: .5rem .9rem; }
.figures b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.figures span { color: var(--soft); font-size: 13px; }
.wide { overflow-x: auto; } svg.array { min-width: 46rem; }
svg text { fill: var(--text); } svg .name { font: 600 13px system-ui, sans-serif; }
svg .small { font: 11px system-ui, sans-serif; fill: var(--soft); }
svg .tile { stroke: var(--line); } svg .core { fill: var(--core); }
svg .memtile { fill: var(--memtile); } svg .shim { fill: var(--shim); }
svg .track { fill: var(--track); } svg .memory { fill: var(--memory); }
svg .program { fill: var(--program); } svg .time { fill: var(--time); }
svg .wire { fill: none; stroke-width: 1.6; } svg .wire:hover { stroke-width: 4; }
svg .row { stroke: var(--row); } svg .column { stroke: var(--column); }
svg .back { stroke: var(--back); } svg .in { stroke: var(--in); } svg .out { stroke: var(--out); }
.legend span { margin-right: 1.2rem; white-space: nowrap; font-size: 13px; color: var(--soft); }
.legend i { display: inline-block; width: 1.4rem; height: .2rem; margin-right: .4rem;
  vertical-align: middle; }
.stages { display: flex; height: 2.2rem; border-radius: .4rem; overflow: hidden; }
.stages div { min-width: 2px; color: #fff; font-size: 12px; line-height: 2.2rem; overflow: hidden;
  text-align: center; white-space: nowrap; }
table { border-collapse: collapse; width: 100%; font-size: 13px; margin-top: .6rem; }
th, td { text-align: right; padding: .2rem .6rem; border-bottom: 1px solid var(--line);
  white-space: nowrap; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child, .left { text-align: left; } td.left { white-space: normal; }
</style>
)";

/// One colour for each stage, by turns.
constexpr std::array kStageColours = {"#3566a8", "#c2542d", "#2f7d5b", "#8a63a8",
                                      "#b0862a", "#3c8391", "#96506e"};

std::string figure(const std::string& value, const std::string& what) {
  return "<div><b>" + escaped(value) + "</b><span>" + escaped(what) + "</span></div>\n";
}

std::string head(const PlanReport& report) {
  const std::string title = escaped(report.title) + " on AMD's Phoenix array";
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
         "name=\"viewport\" content=\"width=device-width\">\n<title>" +
         title + "</title>\n" + kStyle + "</head>\n<body>\n<h1>" + title +
         "</h1>\n<p class=\"note\"><span class=\"badge\">modelled</span> Nobody has run this plan "
         "on the chip. Times are a simulation's: cycles of kernels by grade <i>" +
         escaped(report.grade) + "</i>, at " + fixed(report.clock_ghz, 2) +
         " GHz. Bytes are exact, programs are budgets.</p>\n";
}

std::string figures(const PlanReport& report) {
  return "<div class=\"figures\">\n" +
         figure(fixed(report.array_ms, 1) + " ms", "a window of 30 s, on the array") +
         figure(fixed(report.launch_ms, 2) + " ms",
                std::to_string(report.times.launches) +
                    (report.times.launches == 1 ? " launch" : " launches") + ", the host's time") +
         figure(percent(report.core_busy), "of the cores' time in kernels") +
         figure(fixed(report.memory_gb_s, 1) + " GB/s", "to and from memory") +
         figure(grouped(report.times.cycles), "cycles") + "</div>\n";
}

std::string legend() {
  constexpr std::pair<const char*, const char*> kWays[] = {
      {"in", "from the host"},
      {"row", "A: along a row of cores"},
      {"column", "B: up a column"},
      {"back", "C: back, joined, to the host"}};
  std::string html = "<p class=\"legend\">";
  for (const auto& [name, text] : kWays) {
    html +=
        std::string("<span><i style=\"background: var(--") + name + ")\"></i>" + text + "</span>";
  }
  return html + "</p>\n";
}

/// A piece of the bar, as wide as its share of the time.
std::string stage_piece(const StageReport& stage, const char* colour) {
  constexpr double kLeastWithName = 0.06;
  const std::string name = escaped(stage.name);
  return std::string("<div style=\"background: ") + colour +
         "; width: " + fixed(100 * stage.share, 2) + "%\" title=\"" + name + ", " +
         percent(stage.share) + "\">" + (stage.share > kLeastWithName ? name : "") + "</div>";
}

std::string stage_row(const StageReport& stage) {
  return "<tr><td>" + escaped(stage.name) + "</td><td>" + grouped(stage.cycles) + "</td><td>" +
         fixed(stage.milliseconds, 2) + "</td><td>" + percent(stage.share) + "</td></tr>\n";
}

std::string stages(const PlanReport& report) {
  std::string bar = "<div class=\"stages\">", rows;
  for (std::size_t i = 0; i < report.stages.size(); ++i) {
    bar += stage_piece(report.stages[i], kStageColours[i % kStageColours.size()]);
    rows += stage_row(report.stages[i]);
  }
  return "<h2>Where the time goes</h2>\n" + bar +
         "</div>\n<div class=\"wide\"><table>\n<tr><th>stage, of all layers</th><th>modelled "
         "cycles</th><th>modelled ms</th><th>share</th></tr>\n" +
         rows + "</table></div>\n";
}

std::string kernels(const PlanReport& report) {
  std::string rows;
  for (const KernelReport& row : report.kernels) {
    const CoreKernel& kernel = report.plan.kernels[row.kernel];
    rows += "<tr><td>" + escaped(kernel.name) + "</td><td>" +
            grouped(static_cast<std::int64_t>(kernel.program_bytes)) + "</td><td>" +
            grouped(static_cast<std::int64_t>(kernel.stack_bytes)) + "</td><td>" +
            grouped(row.cycles) + "</td><td class=\"left\">" + escaped(kernel.object) +
            "</td></tr>\n";
  }
  return "<h2>Kernels</h2>\n<div class=\"wide\"><table>\n<tr><th>kernel</th><th>program "
         "bytes</th><th>stack bytes</th><th>modelled cycles a call</th><th "
         "class=\"left\">object</th></tr>\n" +
         rows + "</table></div>\n";
}

std::string parts_text(const TileReport& tile) {
  std::string text;
  for (const MemoryPart& part : tile.parts) {
    text += (text.empty() ? "" : "; ") + part.name + ": " + grouped(part.bytes);
  }
  return text;
}

/// Whether two tiles hold the same, though their fifos have other names.
bool alike(const TileReport& a, const TileReport& b) {
  return kind_of(a.use.tile) == kind_of(b.use.tile) &&
         std::equal(a.parts.begin(), a.parts.end(), b.parts.begin(), b.parts.end(),
                    [](const MemoryPart& x, const MemoryPart& y) { return x.bytes == y.bytes; });
}

/// Tiles are alike in most plans: a row for the first of those that hold the same.
std::string memory(const PlanReport& report) {
  std::vector<std::pair<const TileReport*, int>> kinds;  // and how many more
  for (const TileReport& tile : report.tiles) {
    if (tile.parts.empty()) continue;
    const auto known = std::find_if(kinds.begin(), kinds.end(),
                                    [&](const auto& kind) { return alike(*kind.first, tile); });
    if (known != kinds.end()) {
      ++known->second;
    } else {
      kinds.emplace_back(&tile, 0);
    }
  }
  std::string rows;
  for (const auto& [tile, more] : kinds) {
    const auto room = static_cast<double>(limits_of(kind_of(tile->use.tile)).memory);
    rows += "<tr><td>" + name_of(tile->use.tile) +
            (more > 0 ? " and " + std::to_string(more) + " more" : "") + "</td><td>" +
            grouped(tile->use.memory_bytes) + "</td><td>" +
            percent(static_cast<double>(tile->use.memory_bytes) / room) +
            "</td><td class=\"left\">" + escaped(parts_text(*tile)) + "</td></tr>\n";
  }
  return "<h2>Memory</h2>\n<div class=\"wide\"><table>\n<tr><th>tile</th><th>bytes</th><th>of "
         "its memory</th><th class=\"left\">what</th></tr>\n" +
         rows + "</table></div>\n";
}

}  // namespace

std::string report_page(const PlanReport& report) {
  return head(report) + figures(report) + "<h2>The array</h2>\n<div class=\"wide\">\n" +
         array_svg(report) + "</div>\n" + legend() + stages(report) + kernels(report) +
         memory(report) + "</body>\n</html>\n";
}

}  // namespace tessera::compute::npu
