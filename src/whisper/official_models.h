// What OpenAI published about its models: sizes and the attention heads that follow the audio.
#pragma once

#include <string_view>
#include <vector>

#include "src/compute/weights.h"

namespace tessera::whisper {

/// A cross-attention head of the decoder, zero-based.
struct AlignmentHead {
  int layer = 0;
  int head = 0;
  bool operator==(const AlignmentHead&) const = default;
};

struct OfficialModel {
  std::string_view name;  ///< "tiny.en" ... "large-v3", "turbo"
  compute::ModelDims dims;
  std::vector<AlignmentHead> alignment_heads;  ///< those used for word timestamps
};

/// Every official model, smallest first. Sizes: Radford et al. 2022, table 1, and the checkpoints
/// of openai/whisper; heads: whisper/__init__.py of openai/whisper.
const std::vector<OfficialModel>& official_models();

/// The model of that name, or nullptr. "large" is large-v3 and "large-v3-turbo" is turbo, as in
/// openai/whisper.
const OfficialModel* find_official_model(std::string_view name);

/// The heads to use for a model that names none: every head of the last half of the decoder's
/// layers (openai/whisper, model.py).
std::vector<AlignmentHead> default_alignment_heads(const compute::ModelDims& dims);

}  // namespace tessera::whisper
