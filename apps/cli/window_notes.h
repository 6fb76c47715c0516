// Windows that did not go smoothly, in words.
#pragma once

#include <string>

#include "tessera/result.h"

namespace tessera::cli {

/// One line about a window that was decoded more than once, skipped as silence, or whose segments
/// were left out; empty for any other.
std::string describe_window(const WindowReport& window);

}  // namespace tessera::cli
