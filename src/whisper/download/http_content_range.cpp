#include <charconv>
#include <string_view>

#include "src/whisper/download/http_fetch.h"

namespace tessera::whisper {
namespace {

/// Takes a number off the front of the text; digits alone, no sign.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::optional<HttpAnswer> parse_content_range(std::string_view text) {
  HttpAnswer answer;
  if (!take(text, "bytes ")) return std::nullopt;
  const std::optional<std::uint64_t> first = take_number(text);
  if (!first || !take(text, "-")) return std::nullopt;
  const std::optional<std::uint64_t> last = take_number(text);
  if (!last || *last < *first || !take(text, "/")) return std::nullopt;
  answer.first_byte = *first;
  if (text == "*") return answer;
  answer.size_bytes = take_number(text);
  const bool sound = answer.size_bytes && *answer.size_bytes > *last && text.empty();
  return sound ? std::optional(answer) : std::nullopt;
}

}  // namespace tessera::whisper
