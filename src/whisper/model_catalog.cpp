#include "src/whisper/model_catalog.h"

#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

#include "src/whisper/json_file.h"
#include "src/whisper/model_inspection.h"
#include "src/whisper/model_places.h"
#include "src/whisper/published_models.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPartEnding = ".part";

/// "base.pt.part", as a download of ours in progress is called.
bool is_part(const std::string& name) { return name.ends_with(kPartEnding); }

/// How a model of that name is called by those who publish it, the preferred one first.
std::array<std::string, 4> usual_entry_names(const std::string& name) {
  return {name + ".pt", "ggml-" + name + ".bin", "whisper-" + name, "faster-whisper-" + name};
}

/// "large" is published as large-v3.pt, so "large-v3" is what it is called elsewhere, too.
std::string published_name(const std::string& name) {
  const PublishedModel* model = find_published_model(name);
  return model == nullptr ? name : fs::path(model->file).stem().string();
}

/// The names of an entry, the shortest first: "base.pt" is "base", too.
std::vector<std::string> names_of_entry(const std::string& entry) {
  std::string_view name = entry;
  const auto strip = [&name](std::string_view prefix, std::string_view suffix) {
    if (name.size() <= prefix.size() + suffix.size()) return false;
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) return false;
    name.remove_prefix(prefix.size());
    name.remove_suffix(suffix.size());
    return true;
  };
  const bool stripped = strip("", ".pt") || strip("ggml-", ".bin") ||
                        strip("faster-whisper-", "") || strip("whisper-", "");
  if (!stripped) return {entry};
  return {std::string(name), entry};
}

/// Every model of every place, by the names of its entry. Made once per call: folders are read
/// once.
class Catalog {
 public:
  struct Place {
    ModelPlace place;
    std::vector<ModelEntry> models;
    std::vector<ModelEntry> unfinished;  ///< what is no model yet
  };

  explicit Catalog(const std::string& model_dir) {
    for (const ModelPlace& place : model_places(model_dir)) {
      Place& known = places_.emplace_back(Place{place, {}, {}});
      for (ModelEntry& entry : entries_of(place)) {
        if (format_of_entry(entry.path)) {
          known.models.push_back(std::move(entry));
        } else if (is_part(entry.name) || lacks_weights(entry.path)) {
          known.unfinished.push_back(std::move(entry));
        }
      }
    }
  }

  const std::vector<Place>& places() const { return places_; }

  std::optional<fs::path> find(const std::string& name) const {
    for (const Place& place : places_) {
      if (const ModelEntry* entry = entry_named(place, name)) return entry->path;
    }
    for (const Place& place : places_) {
      for (const std::string& usual : usual_entry_names(published_name(name))) {
        if (const ModelEntry* entry = entry_named(place, usual)) return entry->path;
      }
    }
    return std::nullopt;
  }

  /// "A, B, C"
  std::string searched_folders() const {
    std::string text;
    for (const Place& place : places_) {
      text += (text.empty() ? "" : ", ") + place.place.folder.string();
    }
    return text;
  }

 private:
  static const ModelEntry* entry_named(const Place& place, const std::string& name) {
    for (const ModelEntry& entry : place.models) {
      if (entry.name == name) return &entry;
    }
    return nullptr;
  }

  std::vector<Place> places_;
};

bool is_path(const std::string& name) {
  std::error_code ignored;
  return name.find('/') != std::string::npos || (!name.empty() && fs::exists(name, ignored));
}

std::string name_to_load(const Catalog& catalog, const ModelEntry& entry) {
  for (const std::string& name : names_of_entry(entry.name)) {
    if (!is_path(name) && catalog.find(name) == entry.path) return name;
  }
  return entry.path.string();
}

FoundModel describe(const Catalog& catalog, const ModelEntry& entry) {
  const ModelFormat format = *format_of_entry(entry.path);
  return {.name = name_to_load(catalog, entry),
          .directory = entry.path.string(),
          .format = model_format_name(format),
          .bytes = bytes_on_disk(entry.path),
          .complete = is_complete(entry.path, format)};
}

/// A download that was interrupted, or goes on just now.
FoundModel describe_unfinished(const ModelEntry& entry) {
  std::string target = entry.name;
  std::string format;  // a folder without weights might become either
  if (is_part(target)) {
    target.erase(target.size() - kPartEnding.size());
    format = model_format_name(target.ends_with(".bin") ? ModelFormat::ggml : ModelFormat::openai);
  }
  return {.name = names_of_entry(target).front(),
          .directory = entry.path.string(),
          .format = format,
          .bytes = bytes_on_disk(entry.path),
          .complete = false};
}

[[noreturn]] void fail_to_find(const std::string& name, const Catalog& catalog) {
  std::string message = "model: expected a path or the name of a model, got '" + printable(name) +
                        "', which is not in " + catalog.searched_folders();
  if (find_published_model(name) != nullptr) {
    message = "model " + name + " is not on this machine; to get it: tessera download " + name +
              " (looked in " + catalog.searched_folders() + ")";
  }
  throw Error(ErrorCode::bad_argument, message);
}

}  // namespace

std::vector<FoundModel> list_models(const std::string& model_dir) {
  const Catalog catalog(model_dir);
  std::set<fs::path> seen;  // a folder may be named twice, by --model-dir say
  std::vector<FoundModel> found;
  for (const Catalog::Place& place : catalog.places()) {
    std::error_code error;
    const fs::path folder = fs::canonical(place.place.folder, error);
    if (error || !seen.insert(folder).second) continue;
    for (const ModelEntry& entry : place.models) found.push_back(describe(catalog, entry));
    for (const ModelEntry& entry : place.unfinished) {
      found.push_back(describe_unfinished(entry));
    }
  }
  return found;
}

fs::path find_model(const std::string& name, const std::string& model_dir) {
  // A path is taken as it is, so that the loader can say what is wrong with it.
  if (is_path(name)) return name;
  const Catalog catalog(model_dir);
  const std::string wanted = name.empty() ? kShippedModel : name;
  const std::optional<fs::path> path = catalog.find(wanted);
  if (!path) fail_to_find(wanted, catalog);
  return *path;
}

}  // namespace tessera::whisper
