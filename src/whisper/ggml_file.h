// Models as whisper.cpp stores them: one file with sizes, mel filters, vocabulary and tensors.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "src/whisper/model_formats.h"

namespace tessera::whisper {

/// Loads a file of whisper.cpp (ggml, types f32, f16, bf16, q4_0, q4_1, q5_0, q5_1, q8_0). The file
/// is mapped; plain numbers stay in it, quantised tensors are expanded to float32.
///
/// Everything is checked against the file: sizes, the mel filters (which must be Whisper's), the
/// vocabulary, each tensor's name, type and shape, and that each is there exactly once. The
/// settings are config_for_dims of the file's name. Throws Error{bad_file} naming file and tensor,
/// Error{unsupported} for other types, filters or vocabularies.
/// Format: whisper.cpp, models/convert-pt-to-ggml.py.
LoadedModel load_ggml(const std::filesystem::path& path);

/// The same from memory, which `owner` keeps alive for as long as the model lives (null: the caller
/// does). `path` names the file in messages, and gives the settings by its stem.
LoadedModel parse_ggml(std::span<const std::byte> file, const std::filesystem::path& path,
                       std::shared_ptr<const void> owner);

}  // namespace tessera::whisper
