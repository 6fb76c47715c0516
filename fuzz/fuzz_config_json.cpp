// libFuzzer: any texts as config.json and, behind a zero byte, generation_config.json. An Error is
// an answer; what is accepted must read back equal after it was written.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "src/whisper/config_writer.h"
#include "tessera/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t zero = std::min(text.find('\0'), size);
  try {
    const whisper::ModelConfig config = whisper::parse_model_config(
        text.substr(0, zero), text.substr(std::min(zero + 1, size)), "folder");
    const whisper::ConfigTexts written = whisper::write_config(config, compute::DType::f16);
    if (whisper::parse_model_config(written.network, written.generation, "again") != config) {
      std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}
