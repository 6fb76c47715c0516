// Small facts about a transcript's text.
#pragma once

#include <string_view>

namespace tessera::whisper {

/// The text without white space at both ends, white space being what Python's str.strip() removes.
std::string_view strip(std::string_view text);

/// UTF-8 bytes by the bytes that zlib (level 6) makes of them: high for text that repeats itself.
/// Source: compression_ratio() of openai/whisper.
double compression_ratio(std::string_view text);

}  // namespace tessera::whisper
