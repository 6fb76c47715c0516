// A model with the engines that compute it, as a Transcriber holds them.
#pragma once

#include "src/compute/device.h"
#include "src/whisper/model_data.h"

namespace tessera::detail {

struct ModelEngines {
  const ModelData& model;
  compute::EncoderEngine& encoder;
  compute::DecoderEngine& decoder;
};

}  // namespace tessera::detail
