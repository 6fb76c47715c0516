#include "src/whisper/device_options.h"

#include <cstdlib>
#include <string>

#include "src/compute/devices.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

int threads_from_environment() {
  const char* text = std::getenv("TESSERA_THREADS");
  if (text == nullptr || *text == '\0') return 0;
  char* end = nullptr;
  const long threads = std::strtol(text, &end, 10);
  if (*end != '\0' || threads < 1 || threads > 1024) {
    throw Error(ErrorCode::bad_argument,
                std::string("TESSERA_THREADS: expected 1 to 1024, got '") + text + "'");
  }
  return static_cast<int>(threads);
}

}  // namespace

std::unique_ptr<compute::Device> open_device(const DeviceOptions& options) {
  compute::DeviceSpec spec = compute::DeviceSpec::parse(options.device);
  if (options.threads < 0 || options.threads > 1024) {
    throw Error(ErrorCode::bad_argument,
                "threads: expected 0 to 1024, got " + std::to_string(options.threads));
  }
  spec.threads = options.threads > 0 ? options.threads : threads_from_environment();
  return compute::open_device(spec);
}

}  // namespace tessera::whisper
