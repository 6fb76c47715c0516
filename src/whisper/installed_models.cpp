#include "src/whisper/installed_models.h"

#include <dlfcn.h>

#include <system_error>

namespace tessera::whisper {
namespace {

namespace fs = std::filesystem;

/// The folder of the running program; empty when the system does not tell.
fs::path program_folder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path() : program.parent_path();
}

/// The folder of the shared library that holds this code, or of the program that it was linked
/// into.
fs::path library_folder() {
  Dl_info info = {};
  // Any address inside the library will do.
  if (::dladdr(reinterpret_cast<const void*>(&library_folder), &info) == 0) return {};
  if (info.dli_fname == nullptr) return {};
  std::error_code error;
  const fs::path file = fs::canonical(info.dli_fname, error);
  return error ? fs::path() : file.parent_path();
}

}  // namespace

std::vector<fs::path> shipped_model_folders() {
  std::vector<fs::path> folders;
  // BUILD/bin and BUILD/lib are as deep as PREFIX/bin, so both are asked the same two questions.
  for (const fs::path& folder : {program_folder(), library_folder()}) {
    if (folder.empty()) continue;
    folders.push_back(folder.parent_path() / "share/tessera/models");
    folders.push_back(folder.parent_path().parent_path() / "models");
  }
  // lib/x86_64-linux-gnu is deeper.
  if (const fs::path library = library_folder(); !library.empty()) {
    folders.push_back((library / TESSERA_LIBRARY_TO_DATA "/models").lexically_normal());
    folders.push_back(library / "models");  // a Python package
  }
  folders.emplace_back(TESSERA_DATA_DIR "/models");
  return folders;
}

}  // namespace tessera::whisper
