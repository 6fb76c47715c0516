#include "src/base/cache_places.h"

#include <cstdlib>

namespace tessera::base {
namespace {

namespace fs = std::filesystem;

/// The path in an environment variable; empty when it is not set.
fs::path path_from(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? fs::path() : fs::path(value);
}

}  // namespace

fs::path user_caches() {
  fs::path caches = path_from("XDG_CACHE_HOME");
  if (!caches.empty()) return caches;
  const fs::path home = path_from("HOME");
  return home.empty() ? fs::path() : home / ".cache";
}

fs::path own_cache() {
  fs::path own = path_from("TESSERA_CACHE");
  if (!own.empty()) return own;
  const fs::path caches = user_caches();
  return caches.empty() ? fs::path() : caches / "tessera";
}

}  // namespace tessera::base
