#include "src/whisper/vocabulary/vocabulary.h"

#include <array>

#include "src/whisper/unicode.h"

namespace tessera::whisper {
namespace {

constexpr int kNoByte = -1;
/// The byte of each code point of the alphabet.
using ByteOfCodePoint = std::array<int, 256 + 256 - kPrintableBytes>;

ByteOfCodePoint make_byte_of_code_point() {
  ByteOfCodePoint bytes;
  bytes.fill(kNoByte);
  const std::string order = gpt2_byte_order();
  for (int i = 0; i < 256; ++i) {
    const auto byte = static_cast<unsigned char>(order[i]);
    bytes[i < kPrintableBytes ? byte : 256 + (i - kPrintableBytes)] = byte;
  }
  return bytes;
}

}  // namespace

std::string gpt2_byte_order() {
  std::string printable;
  std::string others;
  for (int byte = 0; byte < 256; ++byte) {
    const bool prints = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
    (prints ? printable : others) += static_cast<char>(byte);
  }
  return printable + others;
}

std::optional<std::string> gpt2_bytes(std::string_view text) {
  static const ByteOfCodePoint byte_of = make_byte_of_code_point();
  std::string bytes;
  for (std::size_t i = 0; i < text.size();) {
    const Utf8Step step = next_utf8(text, i);
    const bool known = step.kind == Utf8Step::Kind::character && step.code_point < byte_of.size();
    if (!known || byte_of[step.code_point] == kNoByte) return std::nullopt;
    bytes += static_cast<char>(byte_of[step.code_point]);
    i += step.length;
  }
  return bytes;
}

}  // namespace tessera::whisper
