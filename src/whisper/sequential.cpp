#include "src/whisper/sequential.h"

#include <new>
#include <span>

#include "src/base/stopwatch.h"
#include "src/whisper/decoder.h"
#include "src/whisper/mel.h"
#include "src/whisper/options_check.h"
#include "src/whisper/recording_language.h"
#include "src/whisper/recording_warnings.h"
#include "src/whisper/transcript.h"
#include "src/whisper/word_aligner.h"
#include "tessera/error.h"

namespace tessera::whisper {

using base::Stopwatch;

Result transcribe_in_turn(const detail::ModelData& model, compute::EncoderEngine& encoder,
                          compute::DecoderEngine& decoder, const ReadFunction& read,
                          const Options& options, const Callbacks& callbacks) try {
  check_options(options, model.config.dims);
  Result result;
  const ReadRecording recording = read(callbacks.stop);
  const LogMel& mel = recording.mel;
  result.seconds = recording.seconds;
  result.duration_s = mel.content_frames() / static_cast<double>(kFramesPerSecond);
  add_warnings(recording.damaged_packets, options, result);
  const auto [language, probability] = find_language(mel, options, model.tokenizer, encoder,
                                                     decoder, callbacks.stop, result.seconds);
  if (callbacks.on_language) callbacks.on_language(language, probability);
  result.language = language;
  result.language_probability = probability;
  result.has_words = options.word_timestamps;

  const WindowDecoder text_decoder(model.tokenizer, model.config.dims, options, language);
  const WordAligner aligner(model.tokenizer, model.config, options, language);
  Transcript transcript(model.tokenizer, options, mel.content_frames(),
                        text_decoder.prompts().initial_prompt(),
                        text_decoder.prompts().max_history_tokens());
  if (callbacks.on_progress) callbacks.on_progress(0, result.duration_s);
  compute::Tensor picture(compute::DType::f32, model.config.dims.n_mels, kWindowFrames);
  const compute::TensorView view = picture.view();
  while (!transcript.complete()) {
    const int seek = transcript.seek_frames();
    const int frames = transcript.window_frames();
    Stopwatch::timed(result.seconds.mel,
                     [&] { mel.window(seek, frames, picture.values<float>()); });
    const auto window = Stopwatch::timed(result.seconds.encode, [&] {
      return encoder.encode({&view, 1}, callbacks.stop).front();
    });
    const auto added = Stopwatch::timed(result.seconds.decode, [&] {
      const auto text =
          text_decoder.decode(decoder, window, transcript.history(), seek, callbacks.stop);
      return transcript.add_window(text, [&](std::span<Segment> segments, double last_speech_s) {
        aligner.align(segments, decoder, window, frames, last_speech_s, callbacks.stop);
      });
    });
    if (callbacks.on_window) callbacks.on_window(added.report);
    for (const Segment& segment : added.segments) {
      if (callbacks.on_segment) callbacks.on_segment(segment);
    }
    if (callbacks.on_progress) callbacks.on_progress(transcript.done_s(), result.duration_s);
  }
  result.text = transcript.text();
  result.segments = transcript.take_segments();
  return result;
} catch (const std::bad_alloc&) {
  throw Error(ErrorCode::out_of_memory, "transcribe: not enough memory");
}

}  // namespace tessera::whisper
