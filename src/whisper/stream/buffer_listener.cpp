#include "src/whisper/stream/buffer_listener.h"

#include <algorithm>
#include <iterator>
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

std::vector<HeardWord> BufferListener::listen(std::span<const float> samples, double begin_s,
                                              std::span<const int> history,
                                              const std::stop_token& stop) {
  if (samples.size() < kHopSamples) return {};
  int frames = 0;
  const auto window = encode(samples, frames, stop);
  const Tokenizer& tokenizer = engines_.model.tokenizer;
  if (detect_) set_language(detect_language(tokenizer, engines_.decoder, window, stop));
  const auto position = static_cast<int>(begin_s * kFramesPerSecond);
  const WindowText text = decoder_->decode(engines_.decoder, window, history, position, stop);
  const Transcript transcript(tokenizer, options_, frames, std::vector<FrameSpan>{{0, frames}});
  const std::vector<Segment> segments = transcript.preview(text);
  std::vector<int> tokens;
  for (const Segment& segment : segments) {
    tokens.insert(tokens.end(), segment.tokens.begin(), segment.tokens.end());
  }
  return words_of(segments, aligner_->find_words(tokens, engines_.decoder, window, frames, stop),
                  begin_s);
}

/// `stamped`: segments whose times are time stamps of the text, where it has them.
std::vector<HeardWord> BufferListener::words_of(const std::vector<Segment>& stamped,
                                                std::vector<WordTiming> words,
                                                double begin_s) const {
  std::vector<Segment> timed = stamped;
  aligner_->place_words(timed, std::move(words), 0);
  std::vector<HeardWord> heard;
  for (std::size_t i = 0; i < timed.size(); ++i) {
    if (engines_.model.tokenizer.is_timestamp(stamped[i].tokens.back())) {
      fit_word_times(timed[i].words, stamped[i].start_s, stamped[i].end_s);
    }
    std::ranges::move(heard_words(std::move(timed[i].words), begin_s), std::back_inserter(heard));
  }
  return heard;
}

std::vector<int> BufferListener::tokens(std::string_view text) const {
  return engines_.model.tokenizer.encode(text);
}

}  // namespace tessera::whisper
