// The places on this machine where models lie, and what lies there.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tessera::whisper {

/// Where downloads go: $TESSERA_CACHE/models, else $XDG_CACHE_HOME/tessera/models, else
/// ~/.cache/tessera/models; empty when none of the variables is set.
std::filesystem::path cache_folder();

/// A folder that holds models.
struct ModelPlace {
  std::filesystem::path folder;
  /// Whether it is laid out like the cache of huggingface_hub, which keeps versions
  /// (https://huggingface.co/docs/huggingface_hub/guides/manage-cache).
  bool is_hub = false;
};

/// In the order in which they are searched: `model_dir` when given; the cache; openai/whisper's
/// cache; Hugging Face's ($HF_HUB_CACHE, $HUGGINGFACE_HUB_CACHE, $HF_HOME/hub, or
/// ~/.cache/huggingface/hub); the models beside the program, installed or in its source tree.
std::vector<ModelPlace> model_places(const std::string& model_dir);

/// Something that may be a model.
struct ModelEntry {
  std::string name;  ///< of the file or folder; in a hub "whisper-base" or "OWNER--REPOSITORY"
  std::filesystem::path path;
};

/// Files and folders of a place, sorted by name; hidden ones are left out. In a hub: the current
/// version of every repository with "whisper" in its name; for those of openai and Systran, whose
/// models are the usual ones, the name leaves out the owner.
std::vector<ModelEntry> entries_of(const ModelPlace& place);

}  // namespace tessera::whisper
