// Sound as it comes in, text that never changes out.
#include "tessera/stream.h"

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

#include "src/whisper/mel.h"
#include "src/whisper/stream/buffer_listener.h"
#include "src/whisper/stream/stream_buffer.h"
#include "src/whisper/stream/stream_options.h"
#include "src/whisper/stream/stream_report.h"
#include "src/whisper/stream/voice_activity.h"
#include "src/whisper/stream/word_agreement.h"

namespace tessera {
namespace {

// All decisions fall between frames of the voice activity's network, whether it is used or not, so
// that they do not depend on how samples are pushed.
constexpr std::size_t kFrameSamples = whisper::SileroNet::kFrameSamples;
// A decoding has heard the end of speech when it has heard so much after it.
constexpr double kAfterSpeech_s = 0.15;
// The last word of a text is believed to be the last one when so much silence follows it.
constexpr double kSettle_s = 0.2;
// Kept of sound in which nothing is heard: a word that has just begun is in it.
constexpr double kQuiet_s = 2.0;
// Kept of the silence that the model heard after the last word: word times are no nearer.
constexpr double kAfterWord_s = 0.2;
constexpr double kWindow_s = 30;

}  // namespace

struct Stream::Impl {
  Impl(const detail::ModelEngines& engines, const StreamOptions& chosen, StreamCallbacks told)
      : options(chosen), callbacks(std::move(told)), listener(engines, chosen.transcription) {
    if (options.transcription.vad_filter) {
      voice.emplace(options.transcription, options.endpoint_silence_ms);
    }
    history = listener.initial_prompt();
  }

  void push(std::span<const float> samples);
  void finish();

 private:
  double step_s() const { return options.step_ms / 1000.0; }
  double pad_s() const { return options.transcription.vad_speech_pad_ms / 1000.0; }

  void hear_frame(bool is_late);
  bool hear_voice();
  void update();
  void listen();
  void tell_final(const std::vector<whisper::HeardWord>& words);
  void end_utterance(double at_s, double keep_from_s);
  bool ended_in_text() const;
  void shorten();
  void cut(double at_s);

 public:
  StreamOptions options;
  StreamCallbacks callbacks;
  whisper::BufferListener listener;
  std::optional<whisper::VoiceActivity> voice;
  whisper::StreamBuffer buffer;
  whisper::WordAgreement agreement;
  whisper::StreamReport report{callbacks};
  std::vector<int> history;       // tokens of what was said before the buffer
  std::size_t frame_samples = 0;  // of the frame that has begun
  double heard_s = 0;             // where the last decoding ended
  bool has_language = false;
  bool finished = false;
};

void Stream::Impl::push(std::span<const float> samples) {
  if (finished) throw Error(ErrorCode::bad_argument, "stream: it was finished");
  whisper::require_finite(samples, buffer.end());
  const auto step_samples =
      static_cast<std::size_t>(options.step_ms) * whisper::kSampleRateHz / 1000;
  while (!samples.empty()) {
    const std::size_t count = std::min(samples.size(), kFrameSamples - frame_samples);
    buffer.push(samples.first(count));
    samples = samples.subspan(count);
    frame_samples += count;
    if (frame_samples < kFrameSamples) return;
    frame_samples = 0;
    hear_frame(samples.size() >= step_samples);
  }
}

/// `is_late`: another step of sound is there already.
void Stream::Impl::hear_frame(bool is_late) {
  if (voice && !hear_voice()) return;
  if (buffer.end_s() - heard_s < step_s()) return;
  if (is_late && buffer.length_s() < options.longest_buffer_s) return;
  update();
}

/// Whether somebody speaks who has not been heard yet.
bool Stream::Impl::hear_voice() {
  const whisper::SpeechEdges::Edge edge = voice->push(buffer.samples().last(kFrameSamples));
  const double end_s = buffer.end_s();
  if (edge == whisper::SpeechEdges::Edge::end) {
    const double silence_s = options.endpoint_silence_ms / 1000.0;
    end_utterance(end_s - silence_s, end_s - pad_s());
    return false;
  }
  if (!voice->speaking()) {
    cut(end_s - pad_s());
    heard_s = end_s;
    return false;
  }
  return voice->silence_s() == 0 || heard_s < end_s - voice->silence_s() + kAfterSpeech_s;
}

void Stream::Impl::update() {
  listen();
  if (!voice && ended_in_text()) {
    const double end_s = agreement.committed_end_s();
    return end_utterance(end_s, end_s + kAfterWord_s);
  }
  if (!voice && agreement.committed().empty() && agreement.open().empty()) {
    cut(buffer.end_s() - kQuiet_s);
  }
  shorten();
  report.set_partial(agreement.open());
}

void Stream::Impl::listen() {
  std::vector<whisper::HeardWord> heard =
      listener.listen(buffer.samples(), buffer.begin_s(), history, callbacks.stop);
  heard_s = buffer.end_s();
  tell_final(agreement.update(std::move(heard), heard_s - kSettle_s));
}

void Stream::Impl::tell_final(const std::vector<whisper::HeardWord>& words) {
  if (words.empty()) return;
  if (!has_language) {
    has_language = true;
    listener.keep_language();
    const auto& [code, probability] = listener.language();
    if (callbacks.on_language) callbacks.on_language(code, probability);
  }
  report.add_final(words);
}

/// The model itself has heard nothing for long after words that are all final.
bool Stream::Impl::ended_in_text() const {
  return agreement.open().empty() && !agreement.committed().empty() &&
         heard_s - agreement.committed_end_s() >= options.endpoint_silence_ms / 1000.0;
}

void Stream::Impl::end_utterance(double at_s, double keep_from_s) {
  if (heard_s < at_s + kAfterSpeech_s) listen();
  tell_final(agreement.take_rest());
  report.end_utterance(at_s);
  cut(keep_from_s);
}

/// Keeps the buffer short enough for the next decoding.
void Stream::Impl::shorten() {
  if (buffer.length_s() > options.longest_buffer_s && !agreement.committed().empty()) {
    const auto words = agreement.committed();
    std::size_t segment = words.size() - 1;
    while (segment > 0 && !words[segment].begins_segment) --segment;
    cut(segment > 0 ? words[segment - 1].word.end_s : agreement.committed_end_s());
  }
  if (buffer.length_s() + step_s() + whisper::VoiceActivity::kFrame_s > kWindow_s) {
    tell_final(agreement.take_rest());
    cut(buffer.end_s());
  }
}

void Stream::Impl::cut(double at_s) {
  buffer.cut(at_s);
  std::string text;
  for (const whisper::HeardWord& heard : agreement.forget_before(buffer.begin_s())) {
    text += heard.word.text;
  }
  if (text.empty()) return;
  if (!options.transcription.condition_on_previous_text) return history.clear();
  const std::vector<int> tokens = listener.tokens(text);
  history.insert(history.end(), tokens.begin(), tokens.end());
  const std::size_t shown = std::min(history.size(), listener.max_history_tokens());
  history.erase(history.begin(), history.end() - static_cast<std::ptrdiff_t>(shown));
}

void Stream::Impl::finish() {
  if (finished) throw Error(ErrorCode::bad_argument, "stream: it was finished");
  finished = true;
  const bool silent = voice && !voice->speaking();
  if (!silent && heard_s < buffer.end_s()) listen();
  tell_final(agreement.take_rest());
  report.end_utterance(agreement.committed_end_s());
}

Stream::Stream(Transcriber& transcriber, const StreamOptions& options, StreamCallbacks callbacks) {
  const detail::ModelEngines engines = transcriber.engines();
  whisper::check_stream_options(options, engines.model.config.dims);
  impl_ = std::make_unique<Impl>(engines, options, std::move(callbacks));
}

Stream::~Stream() = default;
Stream::Stream(Stream&& other) noexcept = default;
Stream& Stream::operator=(Stream&& other) noexcept = default;

void Stream::push(std::span<const float> samples) try {
  impl_->push(samples);
} catch (const std::bad_alloc&) {
  throw Error(ErrorCode::out_of_memory, "stream: not enough memory");
}

void Stream::finish() try { impl_->finish(); } catch (const std::bad_alloc&) {
  throw Error(ErrorCode::out_of_memory, "stream: not enough memory");
}

double Stream::position_s() const { return impl_->buffer.end_s(); }

}  // namespace tessera
