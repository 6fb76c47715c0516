#include "src/whisper/vocabulary/vocabulary.h"

namespace tessera::whisper {

std::string gpt2_byte_order() {
  std::string printable;
  std::string others;
  for (int byte = 0; byte < 256; ++byte) {
    const bool prints = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
    (prints ? printable : others) += static_cast<char>(byte);
  }
  return printable + others;
}

}  // namespace tessera::whisper
