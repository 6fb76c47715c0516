// The command line of `tessera wer`.
#pragma once

#include <string>
#include <vector>

#include "apps/cli/transcribe_options.h"
#include "tessera/wer.h"

namespace tessera::cli {

struct WerOptions {
  std::string references;  ///< a file or folder
  std::vector<std::string>
      hypotheses;  ///< files or folders; empty: the sound files are transcribed
  bool common_only = false;
  Normalization normalization;
  bool show_errors = false;
  std::string json;                ///< a file to write; empty: none
  TranscribeOptions transcribing;  ///< the sound files, and how to transcribe them
};

/// Reads the arguments that follow the command's name. Throws UsageError, or prints the help on
/// standard output and returns false.
bool parse_wer_options(const std::vector<std::string>& arguments, WerOptions& options);

}  // namespace tessera::cli
