#include "apps/server/api_keys.h"

#include <strings.h>

namespace tessera::server {
namespace {

constexpr std::string_view kScheme = "Bearer ";

/// Every byte of `sent` is compared, whatever the others say.
bool equal_in_constant_time(std::string_view sent, std::string_view key) {
  unsigned difference = sent.size() == key.size() ? 0 : 1;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const char expected = key.empty() ? '\0' : key[i % key.size()];
    difference |= static_cast<unsigned char>(sent[i] ^ expected);
  }
  return difference == 0;
}

}  // namespace

bool is_authorized(std::string_view authorization, const std::vector<std::string>& keys) {
  if (authorization.size() < kScheme.size() ||
      ::strncasecmp(authorization.data(), kScheme.data(), kScheme.size()) != 0) {
    return false;
  }
  const std::string_view sent = authorization.substr(kScheme.size());
  bool found = false;
  for (const std::string& key : keys) found |= equal_in_constant_time(sent, key);
  return found;
}

}  // namespace tessera::server
