// What a tessera::Model holds.
#pragma once

#include <memory>
#include <string>

#include "src/compute/weights.h"
#include "src/whisper/config.h"
#include "src/whisper/tokenizer.h"

namespace tessera::detail {

struct ModelData {
  std::string name;
  std::shared_ptr<const compute::ModelWeights> weights;
  whisper::ModelConfig config;
  whisper::Tokenizer tokenizer;
};

}  // namespace tessera::detail
