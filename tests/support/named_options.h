// Options under the names that openai/whisper and faster-whisper give them.
#pragma once

#include <nlohmann/json.hpp>

#include "tessera/options.h"
#include "tessera/writers.h"

namespace tessera::testing_support {

/// The options of a golden case. null means, as there, "without": no threshold, greedy search, one
/// sample, detect the language. Throws for a name that is not known.
Options named_options(const nlohmann::json& named);

/// The case's "layout": options of the subtitle writers.
SubtitleLayout named_layout(const nlohmann::json& named);

}  // namespace tessera::testing_support
