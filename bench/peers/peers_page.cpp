// A PeersReport as one page for a browser.
#include <iomanip>
#include <ostream>
#include <sstream>

#include "bench/chart.h"
#include "bench/page.h"
#include "bench/peers/peers_report.h"

namespace tessera::bench {
namespace {

std::string fixed(double value, int digits) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(digits) << value;
  return text.str();
}

std::string chart_of(const Figure& figure) {
  std::vector<Bar> bars;
  for (auto entry = figure.entries.rbegin(); entry != figure.entries.rend(); ++entry) {
    std::string text = fixed(entry->summary.median, 2) + " ms";
    if (entry->times_own > 0) text += ", x " + fixed(entry->times_own, 2);
    bars.push_back({entry->standing->name, entry->summary.median, text, entry->standing->own});
  }
  return bar_chart(bars, "ms, median; shorter is faster; x: of Tessera's best");
}

std::string table_of(const Figure& figure) {
  std::string html =
      "<div class=\"wide\"><table>\n<tr><th>what</th><th>median</th><th>p90</th><th>min</th>"
      "<th>n</th><th>x Tessera</th><th>includes</th></tr>\n";
  for (const Figure::Entry& entry : figure.entries) {
    const Summary& s = entry.summary;
    html += "<tr><td>" + escape_html(entry.standing->name) + "</td>";
    for (const double value : {s.median, s.p90, s.min}) {
      html += "<td>" + fixed(value, 2) + "</td>";
    }
    html += "<td>" + std::to_string(s.n) + "</td><td>" +
            (entry.times_own > 0 ? fixed(entry.times_own, 2) : "") + "</td><td>" +
            escape_html(entry.includes) + "</td></tr>\n";
  }
  return html + "</table></div>\n";
}

/// Accuracy beside speed: the encoder alone, of those that tell its states.
std::string accuracy_chart(const std::vector<Figure>& figures) {
  std::vector<Point> points;
  for (const Figure& figure : figures) {
    if (figure.key != "encode") continue;
    for (const Figure::Entry& entry : figure.entries) {
      const auto accuracy = entry.standing->accuracy.find("states");
      if (accuracy == entry.standing->accuracy.end()) continue;
      points.push_back(
          {entry.summary.median, accuracy->second.relative_error, entry.standing->name});
    }
  }
  if (points.size() < 2) return "";
  return "<h2>Accuracy against speed</h2>\n" +
         scatter_chart(points, "the encoder alone, ms per window, median",
                       "error of its states, relative to float32");
}

std::string accuracy_table(const PeersReport& report) {
  std::string html =
      "<h2>Accuracy against float32</h2>\n<div class=\"wide\"><table>\n<tr><th>what</th>"
      "<th>states: relative error</th><th>cosine</th><th>logits: relative error</th>"
      "<th>cosine</th></tr>\n";
  for (const Standing& standing : report.standings) {
    if (standing.accuracy.empty()) continue;
    html += "<tr><td>" + escape_html(standing.name) + "</td>";
    for (const char* answer : {"states", "logits"}) {
      const auto found = standing.accuracy.find(answer);
      const bool told = found != standing.accuracy.end();
      html += "<td>" + (told ? fixed(found->second.relative_error, 5) : "not told") + "</td><td>" +
              (told ? fixed(found->second.cosine, 5) : "") + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

std::string contenders_list(const PeersReport& report) {
  std::string html = "<h2>What ran</h2>\n<ul>\n";
  for (const Standing& standing : report.standings) {
    html += "<li><b>" + escape_html(standing.name) + "</b>";
    if (!standing.introduction.version.empty()) {
      html += " " + escape_html(standing.introduction.version) + "; " +
              escape_html(standing.introduction.settings);
    }
    if (!standing.failure.empty()) html += "; did not run: " + escape_html(standing.failure);
    html += "</li>\n";
  }
  return html + "</ul>\n";
}

}  // namespace

void write_peers_page(const PeersReport& report, std::ostream& out) {
  write_page_head("Tessera and its peers", "Tessera and its peers on this machine", out);
  out << "<p>";
  const char* separator = "";
  for (const auto& [name, value] : report.setting) {
    out << separator << escape_html(name) << ": " << escape_html(value);
    separator = "; ";
  }
  out << ". Interleaved rounds; every time begins with log-mels in memory and ends with tokens. "
         "The same weights, inputs and number of threads for all.</p>\n";
  const std::vector<Figure> figures = figures_of(report);
  for (const Figure& figure : figures) {
    out << "<h2>" << escape_html(figure.title) << "</h2>\n" << chart_of(figure) << table_of(figure);
  }
  out << accuracy_chart(figures) << accuracy_table(report) << contenders_list(report)
      << "</body>\n</html>\n";
}

}  // namespace tessera::bench
