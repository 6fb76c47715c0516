// From a file or folder of any known format to a model in memory.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "src/compute/weights.h"
#include "src/whisper/config.h"
#include "src/whisper/vocabulary/vocabulary.h"

namespace tessera::whisper {

/// The formats that people have.
enum class ModelFormat {
  huggingface,  ///< a folder with config.json and model.safetensors (or its index and shards)
  ctranslate2,  ///< a folder with model.bin of CTranslate2, as faster-whisper uses
  ggml,         ///< a file of whisper.cpp
  openai,       ///< a checkpoint of openai/whisper, *.pt
};

/// The format of a file or folder, by its contents; nothing when it is none of them.
std::optional<ModelFormat> detect_model_format(const std::filesystem::path& path);

/// A model as every loader returns it.
struct LoadedModel {
  std::shared_ptr<const compute::ModelWeights> weights;  ///< keeps its own memory alive
  ModelConfig config;
  std::optional<Vocabulary> vocabulary;  ///< absent: an official one, told by the size
};

/// Loads a model. Throws Error{bad_file} naming the file and what is wrong with it,
/// Error{unsupported} for what is a model but not one that we can run.
LoadedModel load_model(const std::filesystem::path& path);

}  // namespace tessera::whisper
