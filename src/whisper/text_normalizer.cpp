// The normalisers of tessera/wer.h.
#include <utility>

#include "src/whisper/json_file.h"
#include "src/whisper/normalizer/basic_normalizer.h"
#include "src/whisper/normalizer/code_points.h"
#include "src/whisper/normalizer/english_normalizer.h"
#include "src/whisper/unicode.h"
#include "tessera/wer.h"

namespace tessera {
namespace {

constexpr Normalizer kNormalizers[] = {Normalizer::english, Normalizer::basic, Normalizer::none};

}  // namespace

const char* normalizer_name(Normalizer normalizer) {
  switch (normalizer) {
    case Normalizer::english:
      return "english";
    case Normalizer::basic:
      return "basic";
    case Normalizer::none:
      return "none";
  }
  return "";
}

Normalizer parse_normalizer(std::string_view name) {
  for (const Normalizer normalizer : kNormalizers) {
    if (name == normalizer_name(normalizer)) return normalizer;
  }
  throw Error(ErrorCode::bad_argument, "normalizer: expected english, basic or none, got '" +
                                           whisper::printable(name) + "'");
}

std::string normalize_text(std::string_view text, const Normalization& normalization) {
  const bool options = normalization.remove_diacritics || normalization.split_letters;
  if (options && normalization.normalizer != Normalizer::basic) {
    throw Error(ErrorCode::bad_argument,
                "remove-diacritics and split-letters need the normalizer basic, got " +
                    std::string(normalizer_name(normalization.normalizer)));
  }
  switch (normalization.normalizer) {
    case Normalizer::english:
      return whisper::to_utf8(whisper::normalize_english(whisper::to_code_points(text)));
    case Normalizer::basic:
      return whisper::to_utf8(
          whisper::normalize_basic(whisper::to_code_points(text),
                                   {normalization.remove_diacritics, normalization.split_letters}));
    case Normalizer::none:
      break;
  }
  return whisper::valid_utf8(text);
}

}  // namespace tessera
