// The command line of `tessera serve`.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/cli/transcribe_options.h"
#include "apps/server/http/http_server.h"

namespace tessera::server {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 8080;  ///< 0: a free one
  bool insecure = false;
  std::vector<std::string> api_keys;  ///< any of them will do; none: everybody may
  std::string cors_origin;            ///< that a browser may ask from; "*": any; empty: none
  std::string model_name;             ///< as clients call it; empty: after the model
  HttpLimits http;
  int windows = 8;  ///< decoded at the same time
  std::size_t max_queue = 32;
  double max_audio_s = 4 * 3600;
  double request_time_s = 0;  ///< from a request's coming to its answer; 0: no bound
  double drain_time_s = 30;
  bool quiet = false;
  bool log_text = false;  ///< transcripts, too

  /// The model, the device and how requests are decoded that say nothing else.
  cli::TranscribeOptions transcription;
};

/// Reads the arguments that follow the command's name. Throws UsageError, also when what was asked
/// for would let strangers in, or prints the help on standard output and returns false.
bool parse_server_options(const std::vector<std::string>& arguments, ServerOptions& options);

}  // namespace tessera::server
