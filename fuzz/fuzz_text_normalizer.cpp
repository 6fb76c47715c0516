// libFuzzer: any bytes as a text that is compared. The answer must be UTF-8 with single blanks, and
// equal texts must have no errors.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "src/whisper/unicode.h"
#include "tessera/wer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tessera::Normalizer;
  constexpr std::size_t kLongest = 2048;  // an alignment's time grows with the square
  if (size > kLongest) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const tessera::Normalization ways[] = {{Normalizer::english, false, false},
                                         {Normalizer::basic, false, false},
                                         {Normalizer::basic, true, true}};
  for (const tessera::Normalization& way : ways) {
    const std::string plain = tessera::normalize_text(text, way);
    if (plain != tessera::whisper::valid_utf8(plain)) std::abort();
    if (plain.find("  ") != std::string::npos || plain.find('\n') != std::string::npos)
      std::abort();
    const std::string half(text.substr(0, size / 2));
    const auto scored = tessera::score_transcript({"id", std::string(text)}, half, way);
    if (tessera::score_transcript({"id", half}, half, way).errors.errors() != 0) std::abort();
    if (scored.alignment.size() != scored.errors.words() + scored.errors.insertions) std::abort();
  }
  return 0;
}
