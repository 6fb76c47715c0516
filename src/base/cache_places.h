// Where programs keep what they can make again.
#pragma once

#include <filesystem>

namespace tessera::base {

/// $XDG_CACHE_HOME or ~/.cache (XDG Base Directory Specification); empty when neither is known.
std::filesystem::path user_caches();

/// Ours: $TESSERA_CACHE, else tessera in the user's; empty when neither is known.
std::filesystem::path own_cache();

}  // namespace tessera::base
