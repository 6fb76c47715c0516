// The ladder as one page for a browser.
#include <iomanip>
#include <ostream>
#include <sstream>

#include "bench/chart.h"
#include "bench/npu_reports.h"
#include "bench/npu_seed_accuracy.h"
#include "bench/page.h"
#include "src/compute/npu/cost/clock.h"

namespace tessera::bench {

using compute::npu::grade_name;
using compute::npu::kDesktopClockGhz;
using compute::npu::kPaperClockGhz;
using compute::npu::LadderRow;
using compute::npu::microseconds;

namespace {

std::string fixed(double value, int digits) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(digits) << value;
  return text.str();
}

std::string label_of(const LadderRow& row) {
  return row.step + ": " + row.what.substr(0, row.what.find(',')) + ", " + grade_name(row.grade) +
         (row.cores > 1 ? ", " + std::to_string(row.cores) + " cores" : "");
}

std::string modelled_chart(const NpuLadder& ladder) {
  std::vector<Bar> bars;
  for (const LadderRow& row : ladder) {
    const double us = microseconds(row.modelled_cycles, kPaperClockGhz);
    bars.push_back({label_of(row), us, fixed(us, us < 10 ? 2 : 0) + " us",
                    row.grade == compute::npu::Grade::hand});
  }
  return bar_chart(bars, "us per pair at 1.0 GHz, modelled, without launches");
}

std::string seed_text(const LadderRow& row) {
  return fixed(row.seed_planned_ms->first, 1) + " - " + fixed(row.seed_planned_ms->second, 1);
}

std::string seed_chart(const NpuLadder& ladder) {
  std::vector<Bar> bars;
  for (const LadderRow& row : ladder) {
    if (row.grade == compute::npu::Grade::hand) continue;  // the same step once more
    if (row.seed_measured_ms) {
      bars.push_back({"measured: step " + row.step, *row.seed_measured_ms,
                      fixed(*row.seed_measured_ms, 3) + " ms", true});
    }
    if (row.seed_planned_ms) {
      const auto [low, high] = *row.seed_planned_ms;
      bars.push_back(
          {"planned: step " + row.step, (low + high) / 2, seed_text(row) + " ms", false});
    }
  }
  return bar_chart(bars, "ms per tile, NPU wall clock, launch and host copies included");
}

void write_ladder_table(const NpuLadder& ladder, std::ostream& out) {
  out << "<div class=\"wide\"><table>\n<tr><th>step</th><th>what</th><th>grade</th><th>cores</th>"
         "<th>modelled cycles</th><th>modelled us, 1.0 GHz</th><th>modelled us, 1.8 GHz</th>"
         "<th>seed measured, ms</th><th>seed planned, ms</th></tr>\n";
  for (const LadderRow& row : ladder) {
    out << "<tr><td>" << escape_html(row.step) << "</td><td>" << escape_html(row.what)
        << (row.counted ? ", counted" : "") << "</td><td>" << grade_name(row.grade) << "</td><td>"
        << row.cores << "</td><td>" << fixed(row.modelled_cycles, 0) << "</td><td>"
        << fixed(microseconds(row.modelled_cycles, kPaperClockGhz), 2) << "</td><td>"
        << fixed(microseconds(row.modelled_cycles, kDesktopClockGhz), 2) << "</td><td>"
        << (row.seed_measured_ms ? fixed(*row.seed_measured_ms, 3) : "") << "</td><td>"
        << (row.seed_planned_ms ? seed_text(row) : "") << "</td></tr>\n";
  }
  out << "</table></div>\n";
}

void write_accuracies(std::ostream& out) {
  out << "<h2>The seed's kernels on its own random numbers</h2>\n<p class=\"note\">Run here on an "
         "emulated core, against softmax attention in float64. Its build reserved 1 KB of stack "
         "just below the input.</p>\n<div class=\"wide\"><table>\n<tr><th>variant</th>"
         "<th>shift</th><th>stack</th><th>r</th><th>recorded r</th><th>mean error</th></tr>\n";
  for (const SeedAccuracy& row : seed_accuracies()) {
    out << "<tr><td>" << row.variant << "</td><td>" << row.shift << "</td><td>" << row.stack
        << "</td><td>";
    if (row.accuracy) {
      out << fixed(row.accuracy->correlation, 4) << "</td><td>"
          << (row.recorded_correlation ? fixed(*row.recorded_correlation, 4) : "") << "</td><td>"
          << fixed(row.accuracy->mean_error, 2);
    } else {
      out << "refused: " << escape_html(row.refused) << "</td><td></td><td>";
    }
    out << "</td></tr>\n";
  }
  out << "</table></div>\n";
}

}  // namespace

void write_npu_ladder_page(const NpuLadder& ladder, std::ostream& out) {
  write_page_head("The NPU's ladder", "Attention on AMD's Phoenix array, step by step", out);
  out << "<p>One 64x64x64 tile pair of int8 attention. The cycles are a model's, which gives the "
         "published measurements of <code>tessera-bench npu-model</code>; nobody has run these "
         "kernels on the chip. A core's time alone: launches stand apart.</p>\n"
      << "<h2>Modelled</h2>\n"
      << modelled_chart(ladder) << "<h2>The seed's plan for the same tile</h2>\n"
      << "<p class=\"note\">Wall clock on Phoenix: the first bar was measured by "
         "Unicorn-Amanuensis on 2025-10-30, the others are its targets. Not the same quantity as "
         "above.</p>\n"
      << seed_chart(ladder) << "<h2>Launches, on top of every row</h2>\n<ul>\n";
  for (const auto& share : compute::npu::launch_shares()) {
    out << "<li>" << share.how << ": " << fixed(share.us_per_pair, 3) << " us per pair</li>\n";
  }
  out << "</ul>\n<h2>All figures</h2>\n";
  write_ladder_table(ladder, out);
  write_accuracies(out);
  out << "</body>\n</html>\n";
}

}  // namespace tessera::bench
