// `tessera-bench peers`: options, and where its report goes.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "bench/peers/peers_suite.h"

namespace tessera::bench {

struct PeersArguments {
  PeersOptions options;
  std::string json;
  std::string html;
  std::string markdown;
  bool allow_missing = false;
};

void add_peers_command(CLI::App& app, PeersArguments& arguments);

/// The exit status: 1 when a report could not be written, or a peer is missing or failed without
/// --allow-missing.
int peers_command(const PeersArguments& arguments);

}  // namespace tessera::bench
