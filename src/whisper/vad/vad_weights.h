// Where the weights of the voice activity network lie.
#pragma once

#include <filesystem>
#include <string>

namespace tessera::whisper {

/// Silero VAD's file as its package has it, which we keep among the models.
inline constexpr const char* kVadModel = "silero_vad_16k_op15.onnx";

/// A path is taken as it is. The name of a file is looked for in the places of models; empty:
/// kVadModel. Throws Error{bad_argument} that says how to get it.
std::filesystem::path find_vad_weights(const std::string& name);

}  // namespace tessera::whisper
