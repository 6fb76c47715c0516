// Models as openai/whisper keeps them: a checkpoint that torch.save wrote.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "src/whisper/model_formats.h"

namespace tessera::whisper {

/// Loads a checkpoint {'dims': {...}, 'model_state_dict': {...}} in torch's ZIP form. The file is
/// mapped and its tensors stay in it; of the pickle in it nothing is run.
///
/// Everything is checked against the file: the archive, the pickle's opcodes and classes, sizes,
/// each tensor's storage, type, strides and shape, and that each is there exactly once. The
/// settings are config_for_dims of the file's name. Throws Error{bad_file} naming file and tensor,
/// Error{unsupported} for torch's form of before version 1.6, for other number formats and for
/// pickles that hold more than such a checkpoint.
/// Format: torch/serialization.py and torch/csrc/jit/serialization of PyTorch.
LoadedModel load_openai_checkpoint(const std::filesystem::path& path);

/// The same from memory, which `owner` keeps alive for as long as the model lives (null: the caller
/// does). `path` names the file in messages, and gives the settings by its stem.
LoadedModel parse_openai_checkpoint(std::span<const std::byte> bytes,
                                    const std::filesystem::path& path,
                                    std::shared_ptr<const void> owner);

}  // namespace tessera::whisper
