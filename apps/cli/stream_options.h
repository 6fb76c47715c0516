// The command line of `tessera stream`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/cli/transcribe_options.h"
#include "tessera/pcm.h"
#include "tessera/stream.h"

namespace tessera::cli {

enum class StreamInput {
  pcm,        ///< raw samples on standard input
  file,       ///< a sound file, as fast as it can be read
  real_time,  ///< a sound file, played
  microphone,
};

struct StreamArguments {
  StreamInput input = StreamInput::pcm;
  std::string file;
  std::string microphone;  ///< a part of its name; empty: the system's default
  PcmFormat pcm;
  TranscribeOptions common;  ///< of which the model and the device count
  StreamOptions stream;
  bool json = false;
  bool latency = false;
  bool quiet = false;
  bool verbose = false;
};

/// Reads the arguments that follow the command's name. Throws UsageError, or prints the help on
/// standard output and returns false.
bool parse_stream_options(const std::vector<std::string>& arguments, StreamArguments& parsed);

}  // namespace tessera::cli
