// libFuzzer: any bytes as a file of a CTranslate2 folder. An Error is an answer, everything else a
// bug. What begins with '{' is taken for config.json, with '[' for vocabulary.json, with '!' (the
// first token of every vocabulary) for vocabulary.txt, else for model.bin.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "fuzz/touch_model.h"
#include "src/whisper/ctranslate2_model.h"
#include "src/whisper/vocabulary/official.h"
#include "tessera/error.h"

namespace {

using namespace tessera;

constexpr int kVocabulary = 2000;  // small: the official vocabularies are not compared each time

void read_config(std::string_view text) {
  static const whisper::Vocabulary official = whisper::official_vocabulary(51865);
  const compute::ModelDims& dims = whisper::find_official_model("tiny")->dims;
  whisper::parse_ctranslate2_config(text, "config.json", dims, official);
}

void read_vocabulary(std::string_view text, bool json) {
  whisper::ranked_vocabulary(whisper::parse_ctranslate2_tokens(text, "vocabulary", json),
                             kVocabulary);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    if (text.starts_with('{')) {
      read_config(text);
    } else if (text.starts_with('[') || text.starts_with('!')) {
      read_vocabulary(text, text.starts_with('['));
    } else {
      fuzz::touch(*whisper::parse_ctranslate2_weights(std::as_bytes(std::span(data, size)),
                                                      "model.bin", nullptr));
    }
  } catch (const Error&) {
  }
  return 0;
}
