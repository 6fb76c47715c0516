#include "src/whisper/stream/stream_options.h"

#include <cstdio>
#include <string>

#include "src/whisper/languages.h"
#include "src/whisper/options_check.h"
#include "tessera/error.h"

namespace tessera {

Options stream_transcription() {
  Options options;
  options.temperatures = {0.0};
  options.beam_size = 1;
  options.condition_on_previous_text = false;
  options.word_timestamps = true;
  return options;
}

namespace whisper {
namespace {

void check_range(const char* option, double value, double lowest, double highest) {
  if (value >= lowest && value <= highest) return;
  char message[120];
  std::snprintf(message, sizeof message, "%s: expected %g to %g, got %g", option, lowest, highest,
                value);
  throw Error(ErrorCode::bad_argument, message);
}

void refuse(const char* option, bool given) {
  if (!given) return;
  throw Error(ErrorCode::bad_argument,
              std::string(option) + ": is for whole recordings, not for a stream");
}

}  // namespace

void check_stream_options(const StreamOptions& options, const compute::ModelDims& dims) {
  check_range("step_ms", options.step_ms, 100, 5000);
  check_range("endpoint_silence_ms", options.endpoint_silence_ms, 200, 5000);
  check_range("longest_buffer_s", options.longest_buffer_s, 2, 25);
  const Options& transcription = options.transcription;
  check_options(transcription, dims);
  refuse("batch_size", transcription.batch_size > 1);
  refuse("clip_timestamps_s", !transcription.clip_timestamps_s.empty());
  refuse("channel", transcription.channel != -1);
  refuse("hallucination_silence_threshold_s",
         transcription.hallucination_silence_threshold_s.has_value());
  refuse("max_repeated_windows", transcription.max_repeated_windows.value_or(0) > 0);
  refuse("carry_initial_prompt", transcription.carry_initial_prompt);
  refuse("vad_min_speech_duration_ms", transcription.vad_min_speech_duration_ms != 0);
  refuse("vad_max_speech_duration_s", transcription.vad_max_speech_duration_s.has_value());
  refuse("vad_min_silence_duration_ms", transcription.vad_min_silence_duration_ms.has_value());
  if (!transcription.language.empty() && !language_code(transcription.language)) {
    throw Error(ErrorCode::bad_argument,
                "language: expected a code like 'en' or a name like 'english', got '" +
                    transcription.language + "'");
  }
}

}  // namespace whisper
}  // namespace tessera
