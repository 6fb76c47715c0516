// What is said about a recording that could be transcribed all the same.
#pragma once

#include "src/whisper/recording.h"
#include "tessera/options.h"
#include "tessera/result.h"

namespace tessera::whisper {

/// Adds to the result what was wrong with a recording that has been read, or lies outside of it.
void add_warnings(const Recording& recording, const Options& options, Result& result);

}  // namespace tessera::whisper
