// Whether the options of a stream make sense.
#pragma once

#include "src/compute/weights.h"
#include "tessera/stream.h"

namespace tessera::whisper {

/// Throws Error{bad_argument} naming the first option that is out of range, or that is for whole
/// recordings alone.
void check_stream_options(const StreamOptions& options, const compute::ModelDims& dims);

}  // namespace tessera::whisper
