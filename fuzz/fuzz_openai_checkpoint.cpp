// libFuzzer: any bytes as a checkpoint of openai/whisper. An Error is an answer, everything else a
// bug. What is changed inside the pickle fails by its checksum here; fuzz_pickle is for that.
#include <cstddef>
#include <cstdint>
#include <span>

#include "fuzz/touch_model.h"
#include "src/whisper/openai_checkpoint.h"
#include "tessera/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera;
  try {
    const auto bytes = std::as_bytes(std::span(data, size));
    fuzz::touch(*whisper::parse_openai_checkpoint(bytes, "x.pt", nullptr).weights);
  } catch (const Error&) {
  }
  return 0;
}
