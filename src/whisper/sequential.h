// The windows of a recording one after the other, each where the text of the one before ended.
#pragma once

#include "src/compute/device.h"
#include "src/whisper/model_data.h"
#include "src/whisper/recording.h"
#include "tessera/options.h"
#include "tessera/result.h"

namespace tessera::whisper {

/// Reads and transcribes a recording as openai/whisper does. The engines may be those of a
/// transcriber, or a client's of SharedEngines. Throws as Transcriber::transcribe_file.
Result transcribe_in_turn(const detail::ModelData& model, compute::EncoderEngine& encoder,
                          compute::DecoderEngine& decoder, const ReadFunction& read,
                          const Options& options, const Callbacks& callbacks);

}  // namespace tessera::whisper
