#include "bench/verdict_table.h"

#include <algorithm>
#include <iomanip>
#include <map>
#include <ostream>

#include "bench/chart.h"

namespace tessera::bench {
namespace {

void write_accuracy(const Accuracy& accuracy, std::ostream& out) {
  out << std::setprecision(4) << std::setw(9) << accuracy.correlation << std::setprecision(2)
      << std::setw(8) << accuracy.mean_error << std::setw(8) << accuracy.rms_error << std::setw(8)
      << accuracy.max_error;
}

void write_heading(const Row& row, int width, std::ostream& out) {
  out << '\n'
      << row.name << ": tiles: " << row.verdict->tiles
      << ", weight of each query's best key: " << std::setprecision(2) << row.verdict->best_weight
      << '\n'
      << std::left << std::setw(width) << "" << std::right
      << "        r    mean     rms     max  demand";
  if (row.verdict->unquantised) out << "        r    mean     rms     max  before quantising";
  out << '\n';
}

}  // namespace

void write_verdicts(const std::vector<Row>& rows, std::ostream& out) {
  std::size_t longest = 0;
  for (const Row& row : rows) longest = std::max(longest, row.variant.size());
  const int width = static_cast<int>(longest + 4);
  std::string name;
  for (const Row& row : rows) {
    if (!row.verdict) continue;
    if (row.name != name) write_heading(row, width, out);
    name = row.name;
    out << std::left << std::setw(width) << "  " + row.variant << std::right;
    write_accuracy(*row.accuracy, out);
    out << std::setw(8) << (row.verdict->meets_demand ? "met" : "-");
    if (row.verdict->unquantised) write_accuracy(*row.verdict->unquantised, out);
    if (row.verdict->scale_shift) out << "  shift " << *row.verdict->scale_shift;
    out << '\n';
  }
  if (name.empty()) return;
  out << "\nagainst softmax attention in float64, in steps of the int8 output: r the lowest "
         "correlation of the tiles,\nmean and rms over all, max the largest error; demand: r > "
         "0.99 and at most 1 step from what is right in int8\n";
}

void write_verdicts_html(const std::vector<Row>& rows, std::ostream& out) {
  std::vector<const Row*> kinds;                         // the first row of each
  std::vector<std::string> variants;                     // in the order of the list
  std::map<std::string, std::vector<const Row*>> found;  // of a variant, in the order of kinds
  for (const Row& row : rows) {
    if (!row.verdict) continue;
    if (kinds.empty() || kinds.back()->name != row.name) kinds.push_back(&row);
    if (found[row.variant].empty()) variants.push_back(row.variant);
    found[row.variant].push_back(&row);
  }
  if (kinds.empty()) return;
  out << "<h2>Accuracy of tiles</h2>\n<p class=\"note\">Lowest correlation with softmax attention "
         "in float64, and largest error in steps of the int8 output; bold where the error is at "
         "most 1 step of int8 and the correlation above 0.99. In brackets: the softmax weight of "
         "each query's best key.</p>\n<div class=\"wide\"><table>\n<tr><th>variant</th>"
      << std::fixed;
  for (const Row* kind : kinds) {
    out << "<th>" << escape_html(kind->name) << " (" << std::setprecision(2)
        << kind->verdict->best_weight << ")</th>";
  }
  out << "</tr>\n";
  for (const std::string& variant : variants) {
    out << "<tr><td>" << escape_html(variant) << "</td>";
    for (const Row* row : found[variant]) {
      const char* tag = row->verdict->meets_demand ? "b" : "span";
      out << "<td><" << tag << '>' << std::setprecision(4) << row->accuracy->correlation << " / "
          << std::setprecision(1) << row->accuracy->max_error << "</" << tag << "></td>";
    }
    out << "</tr>\n";
  }
  out << "</table></div>\n";
}

}  // namespace tessera::bench
