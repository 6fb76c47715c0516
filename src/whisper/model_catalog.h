// The models of this machine, and which of them a name means.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tessera/model.h"

namespace tessera::whisper {

/// The model that ships with the library and is taken when no name is given.
inline constexpr const char* kShippedModel = "pebble";

/// Every model in the usual places (see model_places.h), complete or not, place by place and sorted
/// by name. `name` is the shortest that find_model takes for this very model: its path when
/// another one comes before it under each of its names.
std::vector<FoundModel> list_models(const std::string& model_dir);

/// The file or directory of a model; "" means the shipped one. What has a '/' in it, or exists, is
/// a path. Else, of all places, the first with an entry of exactly this name; else the first with
/// NAME.pt, ggml-NAME.bin, whisper-NAME or faster-whisper-NAME, in this order within a place.
/// "large" and "turbo" are large-v3 and large-v3-turbo there, as in openai/whisper.
/// Throws Error{bad_argument} that says where it was looked for, and how to get an official model.
std::filesystem::path find_model(const std::string& name, const std::string& model_dir);

}  // namespace tessera::whisper
