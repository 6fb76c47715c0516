// The compressed files of this folder as the build embeds them (cmake/embed.cmake).
#pragma once

#include <span>

namespace tessera::whisper {

extern const std::span<const unsigned char> kEnglishMerges;       ///< english.bin
extern const std::span<const unsigned char> kMultilingualMerges;  ///< multilingual.bin

}  // namespace tessera::whisper
