// Where models lie on this machine, and which of them a name means.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tessera/model.h"

namespace tessera::whisper {

/// The model that ships with the library and is taken when no name is given.
inline constexpr const char* kShippedModel = "pebble";

/// Folders that hold models as subfolders, in the order in which they are searched: `model_dir`
/// when given, the cache, the models beside the program (installed or in its source tree).
std::vector<std::filesystem::path> model_folders(const std::string& model_dir);

/// Every model in those folders; the first of a name wins.
std::vector<FoundModel> list_models(const std::string& model_dir);

/// The directory of a model given by path or by name; "" means the shipped one.
/// Throws Error{bad_argument} that says where it was looked for.
std::filesystem::path find_model(const std::string& name, const std::string& model_dir);

}  // namespace tessera::whisper
