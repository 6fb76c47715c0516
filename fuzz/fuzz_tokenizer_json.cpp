// libFuzzer: any text as tokenizer.json. An Error is an answer; what is accepted must encode,
// decode and read back equal after it was written.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "src/whisper/tokenizer.h"
#include "src/whisper/vocabulary/huggingface.h"
#include "src/whisper/vocabulary/huggingface_writer.h"
#include "tessera/error.h"

namespace {

using namespace tessera::whisper;

constexpr int kVocabulary = 2000;

void write_and_read_back(const Vocabulary& vocabulary) {
  std::string text;
  try {
    text = tokenizer_json(vocabulary);
  } catch (const tessera::Error&) {
    return;
  }
  const Vocabulary again = parse_tokenizer_json(text, "again", kVocabulary);
  const bool equal = again.pieces == vocabulary.pieces && again.specials == vocabulary.specials &&
                     again.merges.size() == vocabulary.merges.size();
  if (!equal) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const Tokenizer tokenizer(parse_tokenizer_json(text, "tokenizer.json", kVocabulary),
                              kVocabulary);
    const std::string_view words = " hello, hell \xff\xc3\xa9";
    if (tokenizer.decode(tokenizer.encode(words)) != " hello, hell \uFFFD\u00e9") std::abort();
    tokenizer.non_speech_tokens();
    write_and_read_back(tokenizer.vocabulary());
  } catch (const tessera::Error&) {
  }
  return 0;
}
