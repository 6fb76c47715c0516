// Whether the options of a transcription make sense, told before any work is done.
#pragma once

#include <string_view>

#include "src/compute/weights.h"
#include "tessera/options.h"

namespace tessera::whisper {

/// Throws Error{bad_argument} naming the first option that is out of range or contradicts another,
/// the range, and what came. What depends on the model's vocabulary is checked where it is used.
void check_options(const Options& options, const compute::ModelDims& dims);

/// The part of check_options that is about Options::batch_size.
void check_batch_size(const Options& options);

}  // namespace tessera::whisper
