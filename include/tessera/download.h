// Official models from the network into the cache.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "tessera/error.h"

namespace tessera {

struct DownloadOptions {
  /// Where models are kept; empty: the cache ($TESSERA_CACHE/models, by default
  /// ~/.cache/tessera/models).
  std::string model_dir;
  /// Address that takes the place of the publisher's, up to the file's path; empty:
  /// $TESSERA_MIRROR, or the publisher.
  std::string mirror;
  /// Never touch the network: a model that is not there is an error.
  bool local_files_only = false;
};

struct DownloadCallbacks {
  /// Bytes that are there, of how many (0: not known yet).
  std::function<void(std::uint64_t done_bytes, std::uint64_t total_bytes)> on_progress;
  /// Ends with Error{cancelled}; what has come stays, and the next call goes on from there.
  std::stop_token stop;
};

/// Names that `download_model` knows: "tiny.en" ... "large-v3", "turbo".
TESSERA_API std::vector<std::string> downloadable_models();

/// Fetches a model by its official name and returns the path of its file, which Model::load takes
/// by name from then on. A file that is already there, with the published checksum, is not fetched
/// again. The file appears under its name only when it is whole and its SHA-256 is the published
/// one. Throws Error{bad_argument} for an unknown name, Error{bad_file} when the network, the disk
/// or the checksum says no, Error{cancelled}.
TESSERA_API std::string download_model(const std::string& name, const DownloadOptions& options = {},
                                       const DownloadCallbacks& callbacks = {});

}  // namespace tessera
