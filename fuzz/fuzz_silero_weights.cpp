// libFuzzer: any bytes as the weights of voice activity, an ONNX or a safetensors file. An Error is
// an answer, everything else a bug.
#include <cstddef>
#include <cstdint>
#include <span>

#include "src/whisper/vad/silero_weights.h"
#include "tessera/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera;
  try {
    const whisper::SileroWeights weights(std::as_bytes(std::span(data, size)), "x.onnx");
    weights.tensor("conv1.bias", {2});
    weights.tensor("lstm_cell.weight_ih", {2, 3});
  } catch (const Error&) {
  }
  return 0;
}
