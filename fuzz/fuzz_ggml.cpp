// libFuzzer: any bytes as a ggml file of whisper.cpp. An Error is an answer, everything else a bug.
#include <cstddef>
#include <cstdint>
#include <span>

#include "fuzz/touch_model.h"
#include "src/whisper/ggml_file.h"
#include "src/whisper/tokenizer.h"
#include "tessera/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera;
  try {
    whisper::LoadedModel model =
        whisper::parse_ggml(std::as_bytes(std::span(data, size)), "ggml-fuzz.bin", nullptr);
    fuzz::touch(*model.weights);
    if (model.vocabulary) {
      const whisper::Tokenizer tokenizer(*std::move(model.vocabulary), model.config.dims.n_vocab);
      tokenizer.encode(" hello, hell");
    }
  } catch (const Error&) {
  }
  return 0;
}
