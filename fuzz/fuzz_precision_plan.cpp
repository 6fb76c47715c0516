// libFuzzer: any bytes as a precision plan. What is read is what its own text says.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "src/compute/cpu/plan_text.h"
#include "tessera/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera::compute;
  ModelDims dims;
  dims.n_audio_layers = dims.n_text_layers = 2;
  try {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::string written = cpu::text_of(cpu::parse_plan(text, dims, "x.plan"));
    if (cpu::text_of(cpu::parse_plan(written, dims, "x.plan")) != written) __builtin_trap();
  } catch (const tessera::Error&) {
  }
  return 0;
}
