// Contenders timed against each other, as text, JSON, Markdown and a page.
#pragma once

#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/peers/contender.h"
#include "bench/statistics.h"

namespace tessera::bench {

/// Of an answer, against the same in float32.
struct FloatAccuracy {
  double relative_error = 0;  ///< norm of the difference, by the norm of what was wanted
  double cosine = 0;
};

/// Of two lists of one length, neither of them all zeros.
FloatAccuracy compare(const std::vector<float>& got, const std::vector<float>& wanted);

struct Standing {
  std::string name;
  bool own = false;
  Introduction introduction;
  std::map<std::string, std::vector<Timing>> timings;  ///< by task, one for each counted run
  std::map<std::string, FloatAccuracy> accuracy;       ///< "states", "logits"
  std::string failure;                                 ///< empty: it did all that it can do
};

struct PeersReport {
  /// What all share: {"model", "random:base"}.
  std::vector<std::pair<std::string, std::string>> setting;
  int tokens = 0;   ///< chosen in each window
  int windows = 0;  ///< of the task `windows`
  std::vector<Standing> standings;

  bool complete() const;
};

/// One figure of all contenders that have it.
struct Figure {
  std::string key;    ///< "token"
  std::string title;  ///< "ms per token, one stream"
  struct Entry {
    const Standing* standing;
    Summary summary;
    std::string includes;
    double times_own = 0;  ///< how many times longer than Tessera's best takes; 0: it has none
  };
  std::vector<Entry> entries;  ///< by rising median
};

/// The encoder alone and with cross keys and values, one window, all windows, and per token, those
/// that anybody has.
std::vector<Figure> figures_of(const PeersReport& report);

void write_peers_table(const PeersReport& report, std::ostream& out);
void write_peers_json(const PeersReport& report, std::ostream& out);
void write_peers_markdown(const PeersReport& report, std::ostream& out);
void write_peers_page(const PeersReport& report, std::ostream& out);

}  // namespace tessera::bench
