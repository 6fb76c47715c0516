// Where the weights of the voice activity network lie.
#pragma once

#include <filesystem>
#include <string>

namespace tessera::whisper {

/// Silero VAD's file as its package has it, which we keep among the models.
inline constexpr const char* kVadModel = "silero_vad_16k";

/// A path is taken as it is. A name is looked for in the places of models as NAME.safetensors;
/// empty: kVadModel. Throws Error{bad_argument} that says how to get it.
std::filesystem::path find_vad_weights(const std::string& name);

}  // namespace tessera::whisper
