// Whether a file of whisper.cpp is all there, told without reading its tensors.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace tessera::whisper {

/// Reads what stands before the tensors and goes from one tensor's description to the next. `where`
/// (the file's name) begins the messages. Throws Error{bad_file} or Error{unsupported} unless there
/// are at least as many tensors as a model of these sizes has, and the last one ends where the file
/// ends. Whether they are the right ones is for load_ggml to say.
void check_ggml_extent(std::span<const std::byte> file, const std::string& where);

}  // namespace tessera::whisper
