// A model in memory to a folder in the Hugging Face layout.
#pragma once

#include <filesystem>

#include "src/compute/weights.h"
#include "src/whisper/config.h"

namespace tessera::whisper {

/// Writes model.safetensors, config.json, generation_config.json and preprocessor_config.json, so
/// that load_model_directory (and transformers) can read them. Makes the folder if needed. Files
/// are written under temporary names and renamed together at the end, config.json last: a broken
/// run leaves what was there before.
///
/// `dtype` is f32, f16 or bf16; values are rounded to nearest even. Throws Error{bad_argument} for
/// another dtype and for a finite value that f16 cannot hold, Error{bad_file} when the weights are
/// incomplete or a file cannot be written.
void save_model_directory(const compute::ModelWeights& weights, const ModelConfig& config,
                          const std::filesystem::path& directory, compute::DType dtype);

}  // namespace tessera::whisper
