// Any model that can be loaded, written in the Hugging Face layout.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "tessera/error.h"

namespace tessera {

struct ConvertOptions {
  /// How weights are stored: "f32", "f16", "bf16", or "auto": as the model has them, and f32 where
  /// it has quantised ones.
  std::string dtype = "auto";
  std::string model_dir;   ///< where a model given by name is looked for first
  bool overwrite = false;  ///< replace a model that is already there
};

struct ConvertCallbacks {
  std::function<void(double done_bytes, double total_bytes)> on_progress;
  std::stop_token stop;  ///< ends with Error{cancelled}; nothing is left behind
};

/// Writes the model `name` (anything that Model::load takes) to the folder `directory`, which is
/// made: config.json, generation_config.json, preprocessor_config.json, tokenizer.json,
/// tokenizer_config.json and model.safetensors. The folder appears complete or not at all. Throws
/// Error{bad_argument} for an unknown dtype, a folder that already holds something (with
/// `overwrite`: something besides a model), Error{bad_file} when it cannot be written,
/// Error{cancelled}, and what Model::load throws.
TESSERA_API void convert_model(const std::string& name, const std::string& directory,
                               const ConvertOptions& options = {},
                               const ConvertCallbacks& callbacks = {});

}  // namespace tessera
