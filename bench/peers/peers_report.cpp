#include "bench/peers/peers_report.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "tessera/error.h"

namespace tessera::bench {
namespace {

struct FigureKind {
  std::string key;
  std::string title;
  std::string task;
  std::function<double(const Timing&)> value;
  bool decode = false;  // of the decoder's part alone
};

std::vector<FigureKind> kinds_of(const PeersReport& report) {
  const double tokens = report.tokens, windows = report.windows;
  const std::string with = " with " + std::to_string(report.tokens) + " tokens";
  const std::string many = std::to_string(report.windows);
  const auto whole = [](const Timing& timing) { return timing.ms; };
  return {
      {"encode", "the encoder alone, ms per window", task::kEncode, whole},
      {"encode_cross", "encoder with cross keys and values, ms per window", task::kEncodeCross,
       whole},
      {"window", "one window" + with + ", ms", task::kWindow, whole},
      {"token", "one stream, ms per token", task::kWindow,
       [=](const Timing& timing) { return timing.decode_ms / tokens; }, true},
      {"windows", many + " windows" + with + ", ms per window", task::kWindows,
       [=](const Timing& timing) { return timing.ms / windows; }},
      {"tokens", many + " streams, ms per token and stream", task::kWindows,
       [=](const Timing& timing) { return timing.decode_ms / tokens / windows; }, true},
  };
}

void add_entry(Figure& figure, const FigureKind& kind, const Standing& standing) {
  const auto timings = standing.timings.find(kind.task);
  if (timings == standing.timings.end() || timings->second.empty()) return;
  std::vector<double> values;
  for (const Timing& timing : timings->second) values.push_back(kind.value(timing));
  Figure::Entry entry = {&standing, summarise(std::move(values)), {}};
  if (!(entry.summary.min > 0)) return;  // the part was not told
  const auto includes = standing.introduction.tasks.find(kind.task);
  if (kind.decode) {
    entry.includes = standing.introduction.decode;
  } else if (includes != standing.introduction.tasks.end()) {
    entry.includes = includes->second;
  }
  figure.entries.push_back(std::move(entry));
}

void add_ratios(Figure& figure) {
  double own = 0;  // the entries are sorted: the first one is the best
  for (const Figure::Entry& entry : figure.entries) {
    if (entry.standing->own && own == 0) own = entry.summary.median;
  }
  if (own == 0) return;
  for (Figure::Entry& entry : figure.entries) entry.times_own = entry.summary.median / own;
}

}  // namespace

FloatAccuracy compare(const std::vector<float>& got, const std::vector<float>& wanted) {
  if (got.size() != wanted.size()) {
    throw Error(ErrorCode::device_failed, "expected " + std::to_string(wanted.size()) +
                                              " numbers, got " + std::to_string(got.size()));
  }
  double product = 0, squares_a = 0, squares_b = 0, difference = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double a = static_cast<double>(got[i]), b = static_cast<double>(wanted[i]);
    product += a * b;
    squares_a += a * a;
    squares_b += b * b;
    difference += (a - b) * (a - b);
  }
  return {std::sqrt(difference / squares_b), product / std::sqrt(squares_a * squares_b)};
}

bool PeersReport::complete() const {
  return std::all_of(standings.begin(), standings.end(),
                     [](const Standing& standing) { return standing.failure.empty(); });
}

std::vector<Figure> figures_of(const PeersReport& report) {
  std::vector<Figure> figures;
  for (const FigureKind& kind : kinds_of(report)) {
    Figure figure = {kind.key, kind.title, {}};
    for (const Standing& standing : report.standings) add_entry(figure, kind, standing);
    if (figure.entries.empty()) continue;
    std::stable_sort(figure.entries.begin(), figure.entries.end(),
                     [](const Figure::Entry& a, const Figure::Entry& b) {
                       return a.summary.median < b.summary.median;
                     });
    add_ratios(figure);
    figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace tessera::bench
