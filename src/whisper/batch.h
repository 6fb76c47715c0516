// Several recordings whose windows are decoded together.
#pragma once

#include <vector>

#include "src/whisper/batched_recording.h"
#include "src/whisper/model_data.h"
#include "src/whisper/shared_engines.h"
#include "tessera/transcriber.h"

namespace tessera::whisper {

/// Transcribes the recordings in windows that know nothing of each other, `limits.windows` of them
/// at a time, of one recording or of several. Recordings are read ahead, but no further than their
/// windows are needed; they begin and are told of in their order, all from the calling thread. An
/// exception that `callbacks` throw ends all and passes through; those of a job's own are in its
/// outcome.
void transcribe_together(const detail::ModelData& model, compute::EncoderEngine& encoder,
                         compute::DecoderEngine& decoder, SharedEngines::Limits limits,
                         std::vector<RecordingJob> jobs, const FilesCallbacks& callbacks);

}  // namespace tessera::whisper
