// The transcripts of a recording's channels as one.
#pragma once

#include <vector>

#include "tessera/result.h"

namespace tessera::cli {

/// Segments by the time at which they begin, each with its channel as its speaker; earlier channels
/// first. `channels` holds one result at least, each of the same recording.
Result join_channels(std::vector<Result> channels);

}  // namespace tessera::cli
