// What a file or folder is as a model, without loading it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "src/whisper/model_formats.h"

namespace tessera::whisper {

/// The format of a file or folder in a place of models, when it is one; a file must also end in .pt
/// or .bin.
std::optional<ModelFormat> format_of_entry(const std::filesystem::path& path);

/// Whether a folder holds a model's settings but no weights, as an interrupted download leaves it.
bool lacks_weights(const std::filesystem::path& path);

/// Size of a file, or of the files of a folder (not of its subfolders), links followed.
std::uint64_t bytes_on_disk(const std::filesystem::path& path);

/// Whether everything is there, as far as the containers tell: headers agree with the sizes of
/// their files, no shard and no vocabulary that the format needs is missing. Reads no weights.
bool is_complete(const std::filesystem::path& path, ModelFormat format);

/// "huggingface", "ctranslate2", "ggml" or "openai".
const char* model_format_name(ModelFormat format);

}  // namespace tessera::whisper
