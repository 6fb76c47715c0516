#include "src/whisper/text_measures.h"

#include <zlib.h>

#include <algorithm>
#include <string>
#include <vector>

#include "src/whisper/unicode.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

// str.isspace() is White_Space and the four information separators U+001C to U+001F.
bool is_stripped(char32_t code_point) {
  return character_class(code_point) == CharacterClass::white_space ||
         (code_point >= 0x1c && code_point <= 0x1f);
}

}  // namespace

std::string_view strip(std::string_view text) {
  std::size_t first = text.size();
  std::size_t last = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = next_utf8(text, at);
    const std::size_t next = at + static_cast<std::size_t>(step.length);
    if (step.kind != Utf8Step::Kind::character || !is_stripped(step.code_point)) {
      first = std::min(first, at);
      last = next;
    }
    at = next;
  }
  return first < last ? text.substr(first, last - first) : std::string_view();
}

double compression_ratio(std::string_view text) {
  constexpr int kLevel = 6;
  uLongf size = compressBound(static_cast<uLong>(text.size()));
  std::vector<Bytef> compressed(size);
  if (compress2(compressed.data(), &size, reinterpret_cast<const Bytef*>(text.data()),
                static_cast<uLong>(text.size()), kLevel) != Z_OK) {
    throw Error(ErrorCode::internal,
                "zlib: cannot compress " + std::to_string(text.size()) + " bytes");
  }
  return static_cast<double>(text.size()) / static_cast<double>(size);
}

}  // namespace tessera::whisper
