#include "src/whisper/model_places.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <system_error>

#include "src/base/cache_places.h"
#include "src/whisper/installed_models.h"

namespace tessera::whisper {
namespace {

namespace fs = std::filesystem;

/// The path in an environment variable; empty when it is not set.
fs::path path_from(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? fs::path() : fs::path(value);
}

fs::path hub_folder() {
  for (const char* variable : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    fs::path folder = path_from(variable);
    if (!folder.empty()) return folder;
  }
  const fs::path home = path_from("HF_HOME");
  if (!home.empty()) return home / "hub";
  const fs::path caches = base::user_caches();
  return caches.empty() ? fs::path() : caches / "huggingface/hub";
}

std::vector<ModelEntry> visible_entries(const fs::path& folder) {
  std::vector<ModelEntry> entries;
  std::error_code error;  // a place that is not there holds no models
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (!name.starts_with('.')) entries.push_back({std::move(name), entry->path()});
  }
  std::sort(entries.begin(), entries.end(),
            [](const ModelEntry& a, const ModelEntry& b) { return a.name < b.name; });
  return entries;
}

/// The version that `main` means, or the first one; empty when there is none.
fs::path current_snapshot(const fs::path& repository) {
  std::string revision;
  constexpr std::size_t kLongest = 100;
  std::ifstream file(repository / "refs/main", std::ios::binary);
  for (char c = 0; file.get(c) && std::isalnum(static_cast<unsigned char>(c)) != 0 &&
                   revision.size() < kLongest;) {
    revision += c;
  }
  std::error_code ignored;
  fs::path main = repository / "snapshots" / revision;
  if (!revision.empty() && fs::is_directory(main, ignored)) return main;
  const std::vector<ModelEntry> snapshots = visible_entries(repository / "snapshots");
  return snapshots.empty() ? fs::path() : snapshots.front().path;
}

/// "models--openai--whisper-base" is "whisper-base"; "" for what is no repository of a Whisper.
std::string repository_name(std::string_view folder) {
  constexpr std::string_view kModels = "models--";
  constexpr std::string_view kBetween = "--";
  if (!folder.starts_with(kModels)) return {};
  folder.remove_prefix(kModels.size());
  const std::size_t owner_ends = folder.find(kBetween);
  if (owner_ends == std::string_view::npos) return {};
  const std::string_view owner = folder.substr(0, owner_ends);
  const std::string_view repository = folder.substr(owner_ends + kBetween.size());
  if (folder.find("whisper") == std::string_view::npos) return {};
  return std::string(owner == "openai" || owner == "Systran" ? repository : folder);
}

}  // namespace

fs::path cache_folder() {
  const fs::path own = base::own_cache();
  return own.empty() ? fs::path() : own / "models";
}

std::vector<ModelPlace> model_places(const std::string& model_dir) {
  std::vector<ModelPlace> places;
  const auto add = [&places](const fs::path& folder, bool is_hub = false) {
    const auto known = [&folder](const ModelPlace& place) { return place.folder == folder; };
    if (folder.empty() || std::any_of(places.begin(), places.end(), known)) return;
    places.push_back({folder, is_hub});
  };
  add(model_dir);
  add(cache_folder());
  const fs::path caches = base::user_caches();
  add(caches.empty() ? fs::path() : caches / "whisper");
  add(hub_folder(), true);
  for (const fs::path& shipped : shipped_model_folders()) add(shipped);
  return places;
}

std::vector<ModelEntry> entries_of(const ModelPlace& place) {
  std::vector<ModelEntry> entries = visible_entries(place.folder);
  if (!place.is_hub) return entries;
  std::vector<ModelEntry> models;
  for (const ModelEntry& entry : entries) {
    std::string name = repository_name(entry.name);
    fs::path snapshot = name.empty() ? fs::path() : current_snapshot(entry.path);
    if (!snapshot.empty()) models.push_back({std::move(name), std::move(snapshot)});
  }
  std::sort(models.begin(), models.end(),
            [](const ModelEntry& a, const ModelEntry& b) { return a.name < b.name; });
  return models;
}

}  // namespace tessera::whisper
