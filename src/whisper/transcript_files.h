// Files of transcripts as people have them, read from bytes; tessera/wer.h describes the forms.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tessera/wer.h"

namespace tessera::whisper {

/// `path` tells the form by its extension and begins the message of every error. Throws
/// Error{bad_file}.
std::vector<Transcript> parse_transcripts(std::string_view bytes, const std::string& path);

}  // namespace tessera::whisper
