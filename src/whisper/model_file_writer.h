// A model in memory to a folder in the Hugging Face layout.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>

#include "src/compute/weights.h"
#include "src/whisper/config.h"
#include "src/whisper/tokenizer.h"

namespace tessera::whisper {

struct SaveOptions {
  /// f32, f16 or bf16 for every tensor, values rounded to nearest even; nothing: each as it is.
  std::optional<compute::DType> dtype;
  /// Where given, tokenizer.json and tokenizer_config.json are written too, and the settings have
  /// this vocabulary's ids.
  const Tokenizer* tokenizer = nullptr;
  std::function<void(double done_bytes, double total_bytes)> on_progress;
  std::stop_token stop;
};

/// Writes model.safetensors, config.json, generation_config.json and preprocessor_config.json, so
/// that load_model_directory (and transformers) can read them. Makes the folder if needed. Files
/// are written under temporary names and renamed together at the end, config.json last: a broken
/// run leaves what was there before. A few megabytes are held at a time.
///
/// Throws Error{bad_argument} for another dtype and for a finite value that f16 cannot hold,
/// Error{bad_file} when the weights are incomplete or a file cannot be written, Error{cancelled}
/// when asked to stop.
void save_model_directory(const compute::ModelWeights& weights, const ModelConfig& config,
                          const std::filesystem::path& directory, const SaveOptions& options);

/// As above with one dtype and nothing else.
void save_model_directory(const compute::ModelWeights& weights, const ModelConfig& config,
                          const std::filesystem::path& directory, compute::DType dtype);

}  // namespace tessera::whisper
