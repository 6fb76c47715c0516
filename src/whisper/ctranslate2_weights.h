// From the variables of a CTranslate2 file to the weights of a model.
#pragma once

#include <memory>

#include "src/compute/weights.h"
#include "src/whisper/ctranslate2_file.h"

namespace tessera::whisper {

/// The sizes, told by the variables' shapes and the numbers of heads.
/// Throws Error{bad_file} when a variable that tells one is missing or has another rank.
compute::ModelDims ctranslate2_dims(const Ctranslate2File& file);

/// The weights: views into the file for float32, float16 and bfloat16, memory of their own for int8
/// and int16, which are divided by their scales. Fused projections are views of their rows.
/// Throws Error{bad_file} naming a variable that is missing, left over or of another shape,
/// Error{unsupported} for a network that is not Whisper's.
/// Names: CTranslate2, python/ctranslate2/specs/{whisper,transformer,attention}_spec.py.
std::shared_ptr<compute::ModelWeights> ctranslate2_weights(const Ctranslate2File& file,
                                                           const compute::ModelDims& dims);

}  // namespace tessera::whisper
