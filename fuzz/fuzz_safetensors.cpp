// libFuzzer: any bytes as a safetensors file. An Error is an answer, everything else a bug.
#include <cstddef>
#include <cstdint>
#include <span>

#include "src/whisper/safetensors.h"
#include "tessera/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera;
  try {
    const whisper::SafetensorsFile file(std::as_bytes(std::span(data, size)), "x.safetensors");
    for (const whisper::SafetensorsEntry& entry : file.entries()) {
      compute::to_f32(file.weight(entry));
    }
  } catch (const Error&) {
  }
  return 0;
}
