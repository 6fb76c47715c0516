// The microphone, where the program was built with PortAudio.
#pragma once

#include <string>

#include "apps/cli/stream_source.h"

namespace tessera::cli {

/// Opens the first input device whose name has `name` in it, or the system's default. Throws
/// Error{unsupported} that says what is missing.
SoundReader open_microphone(const std::string& name);

}  // namespace tessera::cli
