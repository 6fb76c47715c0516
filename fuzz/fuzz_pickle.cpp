// libFuzzer: any bytes as the pickle of a checkpoint of openai/whisper, in a sound archive around
// it. An Error is an answer, everything else a bug.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/touch_model.h"
#include "src/whisper/openai_checkpoint.h"
#include "src/whisper/test_archive.h"
#include "tessera/error.h"

namespace {

using namespace tessera;

/// The storage data/N has N numbers of 16 bits.
constexpr int kStorages = 40;

std::string archive_around(std::string pickle) {
  std::vector<whisper::TestEntry> entries = {{"a/data.pkl", std::move(pickle)}};
  for (int i = 0; i < kStorages; ++i) {
    entries.push_back({"a/data/" + std::to_string(i), std::string(2 * i, '\1')});
  }
  return whisper::zip_bytes(entries);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string file = archive_around({reinterpret_cast<const char*>(data), size});
  try {
    const whisper::LoadedModel model =
        whisper::parse_openai_checkpoint(whisper::as_bytes(file), "x.pt", nullptr);
    fuzz::touch(*model.weights);
  } catch (const Error&) {
  }
  return 0;
}
