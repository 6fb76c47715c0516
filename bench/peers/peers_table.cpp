// A PeersReport as text and as JSON.
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "bench/peers/peers_report.h"
#include "bench/report.h"
#include "tessera/info.h"

namespace tessera::bench {
namespace {

using nlohmann::ordered_json;

constexpr int kNameWidth = 34;

void write_figure(const Figure& figure, std::ostream& out) {
  out << '\n'
      << figure.title << '\n'
      << std::left << std::setw(kNameWidth) << "" << std::right << std::setw(10) << "median"
      << std::setw(10) << "p90" << std::setw(10) << "min" << std::setw(5) << "n"
      << "  x Tessera  includes\n";
  for (const Figure::Entry& entry : figure.entries) {
    const Summary& s = entry.summary;
    out << std::left << std::setw(kNameWidth) << entry.standing->name << std::right << std::fixed
        << std::setprecision(2) << std::setw(10) << s.median << std::setw(10) << s.p90
        << std::setw(10) << s.min << std::setw(5) << s.n << std::setw(11);
    if (entry.times_own > 0) {
      out << entry.times_own;
    } else {
      out << "";
    }
    out << "  " << entry.includes << '\n';
  }
}

void write_accuracy(const PeersReport& report, std::ostream& out) {
  out << "\naccuracy against float32\n"
      << std::left << std::setw(kNameWidth) << "" << std::right << std::setw(16) << "states: error"
      << std::setw(10) << "cosine" << std::setw(16) << "logits: error" << std::setw(10) << "cosine"
      << '\n';
  for (const Standing& standing : report.standings) {
    if (standing.accuracy.empty()) continue;
    out << std::left << std::setw(kNameWidth) << standing.name << std::right;
    for (const char* answer : {"states", "logits"}) {
      const auto found = standing.accuracy.find(answer);
      if (found == standing.accuracy.end()) {
        out << std::setw(16) << "not told" << std::setw(10) << "";
      } else {
        out << std::setprecision(5) << std::setw(16) << found->second.relative_error
            << std::setw(10) << found->second.cosine;
      }
    }
    out << '\n';
  }
}

ordered_json to_json(const Figure& figure) {
  ordered_json json = {{"key", figure.key}, {"title", figure.title}};
  for (const Figure::Entry& entry : figure.entries) {
    const Summary& s = entry.summary;
    ordered_json row = {{"name", entry.standing->name},
                        {"median", s.median},
                        {"mean", s.mean},
                        {"std", s.std},
                        {"p90", s.p90},
                        {"min", s.min},
                        {"max", s.max},
                        {"n", s.n},
                        {"includes", entry.includes}};
    if (entry.times_own > 0) row["times_tessera"] = entry.times_own;
    json["results"].push_back(std::move(row));
  }
  return json;
}

ordered_json to_json(const Standing& standing) {
  ordered_json json = {{"name", standing.name}};
  if (!standing.failure.empty()) json["failure"] = standing.failure;
  if (standing.introduction.version.empty()) return json;
  json["version"] = standing.introduction.version;
  json["settings"] = standing.introduction.settings;
  json["tasks"] = standing.introduction.tasks;
  for (const auto& [answer, accuracy] : standing.accuracy) {
    json["accuracy"][answer] = {{"relative_error", accuracy.relative_error},
                                {"cosine", accuracy.cosine}};
  }
  for (const auto& [task, timings] : standing.timings) {
    for (const Timing& timing : timings) {
      ordered_json one = {{"ms", timing.ms}};
      if (timing.decode_ms > 0) one["decode_ms"] = timing.decode_ms;
      json["runs"][task].push_back(std::move(one));
    }
  }
  return json;
}

}  // namespace

void write_peers_table(const PeersReport& report, std::ostream& out) {
  for (const auto& [name, value] : report.setting) out << name << ": " << value << '\n';
  for (const Figure& figure : figures_of(report)) write_figure(figure, out);
  write_accuracy(report, out);
  out << "\nwhat ran\n";
  for (const Standing& standing : report.standings) {
    out << standing.name << ": ";
    if (!standing.introduction.version.empty()) {
      out << standing.introduction.version << "; " << standing.introduction.settings << '\n';
    }
    if (!standing.failure.empty()) {
      out << (standing.introduction.version.empty() ? "" : "  ")
          << "did not run: " << standing.failure << '\n';
    }
  }
}

void write_peers_json(const PeersReport& report, std::ostream& out) {
  ordered_json json;
  json["machine"] = {{"cpu", cpu_model()},
                     {"hardware_threads", std::thread::hardware_concurrency()},
                     {"features", cpu_features()}};
  json["build"] = {{"version", version()}, {"compiler", __VERSION__}};
  json["setting"] = ordered_json::object();
  for (const auto& [name, value] : report.setting) json["setting"][name] = value;
  json["figures"] = ordered_json::array();
  for (const Figure& figure : figures_of(report)) json["figures"].push_back(to_json(figure));
  json["contenders"] = ordered_json::array();
  for (const Standing& standing : report.standings) {
    json["contenders"].push_back(to_json(standing));
  }
  out << json.dump(2) << '\n';
}

}  // namespace tessera::bench
