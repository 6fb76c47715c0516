#include "src/whisper/sequential.h"

#include <new>
#include <span>
#include <utility>
#include <vector>

#include "src/base/stopwatch.h"
#include "src/whisper/decoder.h"
#include "src/whisper/mel.h"
#include "src/whisper/options_check.h"
#include "src/whisper/recording_language.h"
#include "src/whisper/recording_warnings.h"
#include "src/whisper/repeated_windows.h"
#include "src/whisper/transcript.h"
#include "src/whisper/transcript_report.h"
#include "src/whisper/word_aligner.h"
#include "tessera/error.h"

namespace tessera::whisper {

using base::Stopwatch;

Result transcribe_in_turn(const detail::ModelData& model, compute::EncoderEngine& encoder,
                          compute::DecoderEngine& decoder, const ReadFunction& read,
                          const Options& options, const Callbacks& callbacks) try {
  check_options(options, model.config.dims);
  Result result;
  ReadRecording recording = read(callbacks.stop);
  const LogMel& mel = recording.mel;
  result.seconds = recording.seconds;
  result.duration_s = recording.duration_s;
  result.left_out = std::move(recording.left_out);
  add_warnings(recording.damaged_packets, options, result);
  const auto [language, probability] = find_language(mel, options, model.tokenizer, encoder,
                                                     decoder, callbacks.stop, result.seconds);
  if (callbacks.on_language) callbacks.on_language(language, probability);
  result.language = language;
  result.language_probability = probability;
  result.has_words = options.word_timestamps;

  const WindowDecoder text_decoder(model.tokenizer, model.config.dims, options, language);
  const WordAligner aligner(model.tokenizer, model.config, options, language);
  Transcript transcript(model.tokenizer, options_for_speech(options), mel.content_frames(),
                        text_decoder.prompts().initial_prompt(),
                        text_decoder.prompts().max_history_tokens());
  const TranscriptReport report(callbacks, recording.speech, result.duration_s);
  report.begin();
  RepeatedWindows repeated(max_repeated_windows(options));
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
    Transcript::Added added = Stopwatch::timed(result.seconds.decode, [&] {
      const std::vector<int> history = transcript.history();
      WindowText text = text_decoder.decode(decoder, window, history, seek, callbacks.stop);
      // Text that feeds on itself ends when it is not shown to the model any more.
      const bool again = !history.empty() && repeated.too_many(transcript.preview(text));
      if (again) {
        transcript.forget_history();
        text = decoded_again(
            text, text_decoder.decode(decoder, window, transcript.history(), seek, callbacks.stop));
      }
      repeated.add(transcript.preview(text));
      Transcript::Added added =
          transcript.add_window(text, [&](std::span<Segment> segments, double last_speech_s) {
            aligner.align(segments, decoder, window, frames, last_speech_s, callbacks.stop);
          });
      added.report.retried = again;
      return added;
    });
    report.tell(added, transcript);
  }
  report.finish(transcript, result);
  return result;
} catch (const std::bad_alloc&) {
  throw Error(ErrorCode::out_of_memory, "transcribe: not enough memory");
}

}  // namespace tessera::whisper
