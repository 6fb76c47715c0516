#include "src/whisper/normalizer/basic_normalizer.h"

#include "src/whisper/normalizer/code_points.h"
#include "src/whisper/normalizer/rewriting.h"

namespace tessera::whisper {

std::u32string normalize_basic(std::u32string_view text, const BasicNormalizerOptions& options) {
  const std::u32string said = remove_bracketed(lower(text));
  // Compatibility forms may have capitals in them, so lower case comes twice.
  std::u32string plain = lower(options.remove_diacritics ? blank_symbols_and_diacritics(said, U"")
                                                         : blank_symbols(said));
  if (options.split_letters) plain = join(split_graphemes(plain), U" ");
  return squeeze_spaces(plain);
}

}  // namespace tessera::whisper
