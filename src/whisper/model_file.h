// From a folder in the Hugging Face layout to a model in memory.
#pragma once

#include <filesystem>
#include <memory>

#include "src/compute/weights.h"
#include "src/whisper/config.h"

namespace tessera::whisper {

/// A model as every loader returns it: weights that keep their own memory alive, and settings.
struct LoadedWeights {
  std::shared_ptr<const compute::ModelWeights> weights;
  ModelConfig config;
};

/// Loads a folder with config.json and model.safetensors, or model.safetensors.index.json and its
/// shards. `path` may also be the weights file itself, *.safetensors or *.safetensors.index.json;
/// the settings then come from its folder. Weights stay mapped, nothing is converted or copied.
///
/// Tensor names may lack the prefix "model."; tensors that Whisper does not have are ignored,
/// except an output projection that differs from the token embedding. Missing encoder positions are
/// computed. Throws Error{bad_file} naming file and tensor, Error{unsupported} as
/// read_model_config does and for such a projection.
LoadedWeights load_model_directory(const std::filesystem::path& path);

}  // namespace tessera::whisper
