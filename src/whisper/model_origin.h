// Where a model's files are, for what is kept beside them.
#pragma once

#include <filesystem>

#include "src/compute/weights.h"

namespace tessera::whisper {

/// What the names of files that we keep in a model's folder begin with.
inline constexpr const char* kBesidePrefix = "tessera.";

/// Of a model's folder or file. The fingerprint is made of the names, sizes and times of the files
/// in the folder that are not ours: what weights are read from, and their settings.
compute::ModelOrigin model_origin(const std::filesystem::path& path);

}  // namespace tessera::whisper
