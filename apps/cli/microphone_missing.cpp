#include "apps/cli/microphone.h"
#include "tessera/error.h"

namespace tessera::cli {

SoundReader open_microphone(const std::string& /*name*/) {
  throw Error(
      ErrorCode::unsupported,
      "--microphone: this program was built without PortAudio; install it (Debian: "
      "portaudio19-dev) and build again, or use arecord -f S16_LE -r 16000 | tessera stream");
}

}  // namespace tessera::cli
