// libFuzzer: any names and texts as the fields of a form, separated by zeros; the first byte
// chooses the path. An HttpError is an answer, of one line; what is taken must make sense.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "apps/server/request_fields.h"

using tessera::server::Endpoint;
using tessera::server::FormField;

namespace {

/// name 0 text 0 name 0 text ...
std::vector<FormField> split_fields(std::string_view bytes) {
  std::vector<FormField> fields;
  while (!bytes.empty()) {
    const std::size_t name_end = std::min(bytes.find('\0'), bytes.size());
    const std::string name(bytes.substr(0, name_end));
    bytes.remove_prefix(std::min(name_end + 1, bytes.size()));
    const std::size_t text_end = std::min(bytes.find('\0'), bytes.size());
    fields.push_back({name, std::string(bytes.substr(0, text_end))});
    bytes.remove_prefix(std::min(text_end + 1, bytes.size()));
  }
  return fields;
}

void check(const tessera::server::HttpError& error) {
  const std::string_view message = error.what();
  if (error.status != 400 || error.code.empty() || message.empty()) std::abort();
  for (const char c : message) {
    if (c < ' ' || c > '~') std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr Endpoint kEndpoints[] = {Endpoint::transcriptions, Endpoint::translations,
                                     Endpoint::inference};
  const auto fields = split_fields({reinterpret_cast<const char*>(data) + 1, size - 1});
  try {
    const auto request = read_fields(kEndpoints[data[0] % 3], fields, {}, 8);
    if (request.ignored.size() > fields.size() || request.max_segment_chars < 0) std::abort();
    if (!request.segments && !request.words) std::abort();
    if (request.options.temperatures.size() > 101) std::abort();
  } catch (const tessera::server::HttpError& error) {
    check(error);
  }
  return 0;
}
