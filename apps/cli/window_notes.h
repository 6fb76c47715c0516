// Windows that did not go smoothly, in words.
#pragma once

#include <string>
#include <vector>

#include "tessera/result.h"

namespace tessera::cli {

/// One line about a window that was decoded more than once, skipped as silence, or whose segments
/// were left out; empty for any other.
std::string describe_window(const WindowReport& window);

/// What is not in a transcript: a line for text that was left out; and for all silence together, or
/// with `each` for every stretch of it.
std::vector<std::string> describe_left_out(const std::vector<LeftOut>& left_out, bool each);

}  // namespace tessera::cli
