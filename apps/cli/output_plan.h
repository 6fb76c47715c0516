// Which files a run will write, settled before the work begins.
#pragma once

#include <string>
#include <vector>

#include "apps/cli/transcribe_options.h"

namespace tessera::cli {

/// The name of an input without folders and last extension, as Python's os.path.splitext cuts it:
/// "a/talk.one.mp3" gives "talk.one", ".wav" gives ".wav". Standard input is "stdin".
std::string output_base_name(const std::string& input);

/// For each input the path of its outputs without channel and extension. Throws UsageError when two
/// inputs would be written to the same place, or an output would replace an input.
std::vector<std::string> plan_outputs(const TranscribeOptions& options);

/// Makes the directories that the outputs go to, and checks that they can be written to: better now
/// than after an hour of work. Throws Error{bad_file}.
void prepare_output_directories(const std::vector<std::string>& outputs);

}  // namespace tessera::cli
