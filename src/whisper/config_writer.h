// The settings of a model as the JSON files of a Hugging Face folder.
#pragma once

#include <string>

#include "src/compute/dtype.h"
#include "src/whisper/config.h"
#include "src/whisper/tokenizer.h"

namespace tessera::whisper {

/// The texts of the three files that read_model_config reads.
struct ConfigTexts {
  std::string network;       ///< config.json
  std::string generation;    ///< generation_config.json
  std::string preprocessor;  ///< preprocessor_config.json
};

/// Writes a config so that read_model_config returns an equal one and Hugging Face transformers can
/// open the folder. The ids of the special tokens are those of `tokenizer`; without one they are
/// written for the vocabularies of the official models, whose size decides them. `dtype` is the one
/// that the weights are stored in.
ConfigTexts write_config(const ModelConfig& config, compute::DType dtype,
                         const Tokenizer* tokenizer = nullptr);

/// The config with what it leaves out filled in from the vocabulary: languages and the tokens that
/// are suppressed by default, as openai/whisper does it. Other programs decode with nothing
/// suppressed when their files say nothing.
ModelConfig with_vocabulary_settings(ModelConfig config, const Tokenizer& tokenizer);

}  // namespace tessera::whisper
