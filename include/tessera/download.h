// Models from the network into the cache.
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
  /// Seconds without a byte, or without an answer, after which a connection counts as cut.
  int timeout_s = 60;
  /// How often to go on after a cut, in a row without a byte that is new.
  int retries = 3;
  /// A larger file is refused. The largest official model has 3.1e9.
  std::uint64_t max_bytes = std::uint64_t{8} << 30;
};

struct DownloadCallbacks {
  /// Bytes that are there, of how many (0: not known yet). What it throws ends the download like
  /// `stop` and comes out of the call.
  std::function<void(std::uint64_t done_bytes, std::uint64_t total_bytes)> on_progress;
  /// Ends with Error{cancelled}; what has come stays, and the next call goes on from there.
  std::stop_token stop;
};

/// Names that `download_model` knows: "tiny.en" ... "large-v3", "turbo"; and "silero-vad", the
/// weights of voice activity detection, which are taken out of their package (11 MB).
TESSERA_API std::vector<std::string> downloadable_models();

/// Fetches a model by its official name and returns the path of its file, which Model::load takes
/// by name from then on. A file that is already there, with the published checksum, is not fetched
/// again. The file appears under its name only when it is whole and its SHA-256 is the published
/// one. Throws Error{bad_argument} for an unknown name or a wrong option, Error{bad_file} when the
/// network, the disk or the checksum says no, Error{cancelled}.
TESSERA_API std::string download_model(const std::string& name, const DownloadOptions& options = {},
                                       const DownloadCallbacks& callbacks = {});

/// A model that is not among the official ones.
struct ModelAddress {
  std::string url;     ///< https://, or http:// on this machine
  std::string sha256;  ///< 64 hexadecimal digits, from someone you trust
  /// What the file shall be called; empty: as the address calls it. ".pt" or ".bin" at the end is
  /// added where it is missing.
  std::string name;
};

/// The same for any *.pt file of openai/whisper's kind or *.bin file of whisper.cpp's. A mirror has
/// no part in it: options.mirror must be empty, and $TESSERA_MIRROR is not read.
TESSERA_API std::string download_model_from(const ModelAddress& address,
                                            const DownloadOptions& options = {},
                                            const DownloadCallbacks& callbacks = {});

}  // namespace tessera
