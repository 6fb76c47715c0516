#include "src/whisper/model_catalog.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <system_error>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

namespace fs = std::filesystem;

fs::path cache_folder() {
  if (const char* cache = std::getenv("TESSERA_CACHE"); cache != nullptr && *cache != '\0') {
    return fs::path(cache) / "models";
  }
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0') {
    return fs::path(cache) / "tessera" / "models";
  }
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? fs::path() : fs::path(home) / ".cache/tessera/models";
}

bool is_model(const fs::path& directory) {
  std::error_code ignored;
  return fs::is_regular_file(directory / "config.json", ignored);
}

}  // namespace

std::vector<fs::path> model_folders(const std::string& model_dir) {
  std::vector<fs::path> folders;
  if (!model_dir.empty()) folders.emplace_back(model_dir);
  if (const fs::path cache = cache_folder(); !cache.empty()) folders.push_back(cache);
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    folders.push_back(program.parent_path().parent_path() / "share/tessera/models");
    folders.push_back(program.parent_path().parent_path().parent_path() / "models");
  }
  folders.emplace_back(TESSERA_DATA_DIR "/models");
  return folders;
}

std::vector<FoundModel> list_models(const std::string& model_dir) {
  std::vector<FoundModel> found;
  std::set<std::string> names;
  for (const fs::path& folder : model_folders(model_dir)) {
    std::error_code error;
    std::vector<fs::path> entries;
    for (const auto& entry : fs::directory_iterator(folder, error)) entries.push_back(entry.path());
    std::sort(entries.begin(), entries.end());
    for (const fs::path& entry : entries) {
      const std::string name = entry.filename().string();
      if (is_model(entry) && names.insert(name).second) found.push_back({name, entry.string()});
    }
  }
  return found;
}

fs::path find_model(const std::string& name, const std::string& model_dir) {
  std::error_code ignored;
  // A path is taken as it is, so that the loader can say what is wrong with it.
  if (name.find('/') != std::string::npos || (!name.empty() && fs::exists(name, ignored))) {
    return name;
  }
  const std::string wanted = name.empty() ? kShippedModel : name;
  std::string searched;
  for (const fs::path& folder : model_folders(model_dir)) {
    if (is_model(folder / wanted)) return folder / wanted;
    searched += (searched.empty() ? "" : ", ") + folder.string();
  }
  throw Error(ErrorCode::bad_argument, "model: expected a directory or the name of a model, got '" +
                                           wanted + "', which is not in " + searched);
}

}  // namespace tessera::whisper
