// A PeersReport as the section of a page of documentation.
#include <iomanip>
#include <ostream>

#include "bench/peers/peers_report.h"

namespace tessera::bench {
namespace {

/// What would end a cell or begin markup, escaped.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '*' || c == '_' || c == '`' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

void write_figure(const Figure& figure, std::ostream& out) {
  out << "\n**" << cell(figure.title) << "**\n\n"
      << "| | median | p90 | min | n | x Tessera | includes |\n"
      << "| --- | ---: | ---: | ---: | ---: | ---: | --- |\n";
  for (const Figure::Entry& entry : figure.entries) {
    const Summary& s = entry.summary;
    out << "| " << cell(entry.standing->name) << " | " << std::fixed << std::setprecision(2)
        << s.median << " | " << s.p90 << " | " << s.min << " | " << s.n << " | ";
    if (entry.times_own > 0) out << entry.times_own;
    out << " | " << cell(entry.includes) << " |\n";
  }
}

void write_accuracy(const PeersReport& report, std::ostream& out) {
  out << "\n**Accuracy against float32**\n\n"
      << "| | states: relative error | cosine | logits: relative error | cosine |\n"
      << "| --- | ---: | ---: | ---: | ---: |\n";
  for (const Standing& standing : report.standings) {
    if (standing.accuracy.empty()) continue;
    out << "| " << cell(standing.name) << std::fixed << std::setprecision(5);
    for (const char* answer : {"states", "logits"}) {
      const auto found = standing.accuracy.find(answer);
      if (found == standing.accuracy.end()) {
        out << " | not told | ";
      } else {
        out << " | " << found->second.relative_error << " | " << found->second.cosine;
      }
    }
    out << " |\n";
  }
}

}  // namespace

void write_peers_markdown(const PeersReport& report, std::ostream& out) {
  const char* separator = "";
  for (const auto& [name, value] : report.setting) {
    out << separator << cell(name) << ": " << cell(value);
    separator = "; ";
  }
  out << ".\n";
  for (const Figure& figure : figures_of(report)) write_figure(figure, out);
  write_accuracy(report, out);
  out << "\n**What ran**\n\n";
  for (const Standing& standing : report.standings) {
    out << "- " << cell(standing.name);
    if (!standing.introduction.version.empty()) {
      out << " " << cell(standing.introduction.version) << ": "
          << cell(standing.introduction.settings);
    }
    if (!standing.failure.empty()) out << "; did not run: " << cell(standing.failure);
    out << '\n';
  }
}

}  // namespace tessera::bench
