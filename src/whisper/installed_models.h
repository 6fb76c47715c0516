// Where the models lie that came with this library, wherever its tree was moved to.
#pragma once

#include <filesystem>
#include <vector>

namespace tessera::whisper {

/// Folders, which need not exist: seen from the program, from the shared library, and as
/// configured; installed or in a source tree with its build folder.
std::vector<std::filesystem::path> shipped_model_folders();

}  // namespace tessera::whisper
