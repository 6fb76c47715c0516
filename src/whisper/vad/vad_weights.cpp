#include "src/whisper/vad/vad_weights.h"

#include <system_error>

#include "src/whisper/json_file.h"
#include "src/whisper/model_places.h"
#include "tessera/error.h"

namespace tessera::whisper {

namespace fs = std::filesystem;

fs::path find_vad_weights(const std::string& name) {
  std::error_code ignored;
  const bool is_path =
      name.find('/') != std::string::npos || (!name.empty() && fs::is_regular_file(name, ignored));
  if (is_path) return name;
  const std::string wanted = name.empty() ? kVadModel : name;
  for (const ModelPlace& place : model_places("")) {
    fs::path path = place.folder / wanted;
    if (fs::is_regular_file(path, ignored)) return path;
  }
  // The folders are not named: a server's clients read this, too.
  throw Error(ErrorCode::bad_argument,
              name.empty() || name == kVadModel
                  ? "vad_filter: the weights of Silero VAD are not on this machine; to get them: "
                    "tessera download silero-vad"
                  : "vad_model: expected a file, or the name of one among the models, got '" +
                        printable(name) + "'");
}

}  // namespace tessera::whisper
