// Another program as a contender; the protocol is described in tools/peer_workers/protocol.py.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/peers/contender.h"

namespace tessera::bench {

/// A program of the list that tools/peers makes.
struct ListedPeer {
  std::string name;
  std::vector<std::string> command;  ///< without the job; empty when it is missing
  std::string missing;               ///< why there is no command
};

struct PeerList {
  std::string model;  ///< that the programs' own files were made from
  std::vector<ListedPeer> peers;
};

/// Reads {"model": ..., "peers": [{"name": ..., "command": [...]} or {"name", "missing"}]}.
/// Throws Error{bad_file}.
PeerList read_peer_list(const std::filesystem::path& path);

/// Writes the job for other programs into `folder`, job.json and mel.f32; returns its path.
std::filesystem::path write_job(const Job& job, const std::filesystem::path& folder);

/// Starts a listed program; returns when its model is loaded. What it writes to its standard error
/// and its answers go to `folder`. Throws Error when it cannot be started or says that it failed.
std::unique_ptr<Contender> start_peer(const ListedPeer& peer, const std::filesystem::path& job,
                                      const std::filesystem::path& folder);

}  // namespace tessera::bench
