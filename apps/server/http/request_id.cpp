#include "apps/server/http/request_id.h"

#include <algorithm>
#include <array>
#include <random>

namespace tessera::server {
namespace {

constexpr std::size_t kMaxLength = 128;

bool is_harmless(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

}  // namespace

std::string request_id(std::string_view proposed) {
  if (!proposed.empty() && proposed.size() <= kMaxLength &&
      std::ranges::all_of(proposed, is_harmless)) {
    return std::string(proposed);
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device random;
  std::string id = "req-";
  for (int word = 0; word < 4; ++word) {
    auto bits = static_cast<std::uint32_t>(random());
    for (int digit = 0; digit < 8; ++digit, bits >>= 4) id += kDigits[bits & 15];
  }
  return id;
}

}  // namespace tessera::server
