// libFuzzer: any bytes as a file of transcripts, whose form the first byte chooses. An Error is an
// answer; names must be there once, and texts must be UTF-8.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "src/whisper/transcript_files.h"
#include "src/whisper/unicode.h"
#include "tessera/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const char* const names[] = {"a.tsv", "a.trans.txt", "a.txt", "a.json", "text"};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    std::set<std::string> ids;
    for (const auto& transcript :
         tessera::whisper::parse_transcripts(bytes, names[data[0] % std::size(names)])) {
      if (!ids.insert(transcript.id).second) std::abort();
      if (transcript.text != tessera::whisper::valid_utf8(transcript.text)) std::abort();
    }
    if (ids.empty()) std::abort();
  } catch (const tessera::Error&) {
  }
  return 0;
}
