#include "src/whisper/stream/buffer_listener.h"

#include <utility>

#include "src/whisper/languages.h"
#include "src/whisper/mel.h"
#include "src/whisper/transcript.h"

namespace tessera::whisper {

BufferListener::BufferListener(const detail::ModelEngines& engines, const Options& options)
    : engines_(engines),
      options_(options),
      detect_(options.language.empty() && engines.model.tokenizer.is_multilingual()),
      picture_(compute::DType::f32, engines.model.config.dims.n_mels, kWindowFrames) {
  const std::string asked = options.language.empty() ? "en" : options.language;
  set_language({language_code(asked).value_or(asked), 1.0});
}

void BufferListener::set_language(LanguageGuess language) {
  const bool changed = language.code != language_.code;
  language_ = std::move(language);
  if (!changed) return;
  const detail::ModelData& model = engines_.model;
  decoder_.emplace(model.tokenizer, model.config.dims, options_, language_.code);
  aligner_.emplace(model.tokenizer, model.config, options_, language_.code);
}

std::shared_ptr<const compute::EncodedWindow> BufferListener::encode(std::span<const float> samples,
                                                                     int& frames,
                                                                     const std::stop_token& stop) {
  LogMelBuilder builder(engines_.model.config.dims.n_mels);
  builder.push(samples);
  const LogMel mel = builder.finish();
  frames = mel.content_frames();
  mel.window(0, frames, picture_.values<float>());
  const compute::TensorView view = picture_.view();
  return engines_.encoder.encode({&view, 1}, stop).front();
}

std::vector<Segment> BufferListener::listen(std::span<const float> samples,
                                            std::span<const int> history, int position_frames,
                                            const std::stop_token& stop) {
  if (samples.size() < kHopSamples) return {};
  int frames = 0;
  const auto window = encode(samples, frames, stop);
  const Tokenizer& tokenizer = engines_.model.tokenizer;
  if (detect_) set_language(detect_language(tokenizer, engines_.decoder, window, stop));
  const WindowText text =
      decoder_->decode(engines_.decoder, window, history, position_frames, stop);
  Transcript transcript(tokenizer, options_, frames, std::vector<FrameSpan>{{0, frames}});
  transcript.add_window(text, [&](std::span<Segment> segments, double last_speech_s) {
    aligner_->align(segments, engines_.decoder, window, frames, last_speech_s, stop);
  });
  return transcript.take_segments();
}

std::vector<int> BufferListener::tokens(std::string_view text) const {
  return engines_.model.tokenizer.encode(text);
}

}  // namespace tessera::whisper
