// The command line of `tessera transcribe`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tessera/options.h"
#include "tessera/transcriber.h"
#include "tessera/writers.h"

namespace tessera::cli {

/// Which channels of a recording become transcripts.
enum class Channels {
  mix,    ///< one transcript of all channels mixed
  split,  ///< one transcript per channel
  one,    ///< one transcript of channel Options::channel
};

struct TranscribeOptions {
  std::vector<std::string> files;  ///< "-" is standard input

  std::string model;  ///< empty: the one that ships
  std::string model_dir;
  DeviceOptions device;

  Options transcription;
  Channels channels = Channels::mix;
  bool detect_language = false;  ///< print the language of each file, transcribe nothing

  std::vector<OutputFormat> formats;  ///< empty: no files are written
  std::string output_dir = ".";       ///< "-": the one format goes to standard output
  /// Without extension, one for each input; empty: named by inputs.
  std::vector<std::string> output_files;
  SubtitleLayout layout;
  std::optional<int> max_segment_characters;  ///< cut segments, as whisper.cpp's --max-len

  bool print_transcript = true;
  bool quiet = false;
  bool verbose = false;
  bool print_progress = false;
  std::vector<std::string> notes;  ///< remarks about the options themselves, a line each

  bool to_standard_output() const { return output_dir == "-"; }
};

/// Reads the arguments that follow the program's (and the command's) name. Throws UsageError, or
/// prints the help on standard output and returns false.
bool parse_transcribe_options(const std::vector<std::string>& arguments,
                              TranscribeOptions& options);

}  // namespace tessera::cli
