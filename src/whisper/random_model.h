// Models with random weights of realistic size, for tests and benchmarks: any shape, no download.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/compute/weights.h"
#include "src/whisper/model_file.h"

namespace tessera::whisper {

/// What `random:NAME[,OPTION...]` asks for.
struct RandomModelSpec {
  std::string name;  ///< the official model whose sizes are taken
  compute::ModelDims dims;
  std::uint64_t seed = 0;
  bool outliers = false;  ///< a few channels far larger than the rest, as trained models have
  compute::DType dtype = compute::DType::f32;

  bool operator==(const RandomModelSpec&) const = default;
};

/// Whether a model's name asks for random weights.
bool is_random_model(std::string_view name);

/// Parses `random:tiny|base|small|medium|large|turbo|...` with the options
///   seed=N            another model of the same kind
///   outliers          see RandomModelSpec
///   layers=N          layers of encoder and decoder; also encoder_layers=N, decoder_layers=N
///   width=N           a multiple of 64: heads of 64, feed-forward 4 x width
///   vocab=N  mels=N  audio_ctx=N  text_ctx=N
///   dtype=f32|f16|bf16  how the weights are stored; without it f16 above 500 million parameters
/// Every official name is known, "tiny.en" and "large-v2" too.
/// Throws Error{bad_argument} naming the part that is wrong.
RandomModelSpec parse_random_model(std::string_view text);

/// Makes the model. The same spec gives the same bits on every machine and with every compiler, but
/// for the encoder's sinusoids, whose last bit is the C library's. Uses all cores: 74 million
/// parameters (base) take a fraction of a second.
LoadedWeights make_random_model(const RandomModelSpec& spec);

}  // namespace tessera::whisper
