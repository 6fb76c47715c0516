// What is said about a recording that could be transcribed all the same.
#pragma once

#include <cstddef>

#include "tessera/options.h"
#include "tessera/result.h"

namespace tessera::whisper {

/// Adds to the result what was wrong with a recording, of which so many packets were damaged, or
/// lies outside of it.
void add_warnings(std::size_t damaged_packets, const Options& options, Result& result);

}  // namespace tessera::whisper
