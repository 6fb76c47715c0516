// Tessera against its peers on one machine, in the same minutes.
#pragma once

#include <string>
#include <vector>

#include "bench/peers/peers_report.h"

namespace tessera::bench {

struct PeersOptions {
  std::string list = "build/peers/peers.json";  ///< what tools/peers made
  std::string model;                            ///< empty: the one that the list was made from
  std::string device = "cpu";
  std::vector<std::string> precisions = {"int8", "bf16"};  ///< of Tessera
  int threads = 0;                                         ///< 0: one per core
  int windows = 8;                                         ///< of the batch
  int tokens = 100;                                        ///< per window
  int rounds = 7;
  int pause_ms = 300;  ///< before each contender's turn: threads of the last one may still spin
};

/// Runs all contenders round by round, in an order that moves on by one each round. A turn is one
/// run of the encoder that does not count and two that do, then one of every other task. This
/// process and all that it starts stay on as many cores as there are threads.
///
/// Before that, the answers are compared with those of the device `reference`, which computes in
/// float32 with float64 sums: a contender whose encoder states or logits have a cosine below 0.9 to
/// them computes something else and counts as failed. A contender that fails is left out from then
/// on and says why. Throws Error for what concerns all: the list, the model, Tessera's own engines.
PeersReport run_peers(const PeersOptions& options);

}  // namespace tessera::bench
