// Sound in, text out: the way of the data from samples to segments.
#include "tessera/transcriber.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "src/base/stopwatch.h"
#include "src/compute/devices.h"
#include "src/whisper/audio.h"
#include "src/whisper/decoder.h"
#include "src/whisper/language_detection.h"
#include "src/whisper/languages.h"
#include "src/whisper/mel.h"
#include "src/whisper/model_data.h"
#include "src/whisper/options_check.h"
#include "src/whisper/read_ahead.h"
#include "src/whisper/recording.h"
#include "src/whisper/transcript.h"
#include "src/whisper/word_aligner.h"

namespace tessera {
namespace {

using base::Stopwatch;

int threads_from_environment() {
  const char* text = std::getenv("TESSERA_THREADS");
  if (text == nullptr || *text == '\0') return 0;
  char* end = nullptr;
  const long threads = std::strtol(text, &end, 10);
  if (*end != '\0' || threads < 1 || threads > 1024) {
    throw Error(ErrorCode::bad_argument,
                std::string("TESSERA_THREADS: expected 1 to 1024, got '") + text + "'");
  }
  return static_cast<int>(threads);
}

std::unique_ptr<compute::Device> open(const DeviceOptions& options) {
  compute::DeviceSpec spec = compute::DeviceSpec::parse(options.device);
  if (options.threads < 0 || options.threads > 1024) {
    throw Error(ErrorCode::bad_argument,
                "threads: expected 0 to 1024, got " + std::to_string(options.threads));
  }
  spec.threads = options.threads > 0 ? options.threads : threads_from_environment();
  return compute::open_device(spec);
}

// What was wrong with the recording, or lies outside of it.
void add_warnings(std::size_t damaged, const Options& options, Result& result) {
  if (damaged > 0) {
    result.warnings.push_back("damaged packets that were left out: " + std::to_string(damaged));
  }
  for (std::size_t i = 0; i < options.clip_timestamps_s.size(); i += 2) {
    if (options.clip_timestamps_s[i] < result.duration_s) continue;
    result.warnings.push_back("clip_timestamps: clip " + std::to_string(i / 2 + 1) +
                              " begins after the end of the recording");
  }
}

// The language that was asked for; nothing when it is to be detected.
std::optional<std::string> chosen_language(const Options& options) {
  if (options.language.empty()) return std::nullopt;
  const auto code = whisper::language_code(options.language);
  if (code) return *code;
  throw Error(ErrorCode::bad_argument,
              "language: expected a code like 'en' or a name like 'english', got '" +
                  options.language + "'");
}

}  // namespace

struct Transcriber::Impl {
  Impl(const Model& from, const DeviceOptions& options)
      : model(from),
        device(open(options)),
        encoder(device->load_encoder(model.data().weights,
                                     compute::parse_precision(options.precision))),
        decoder(device->load_decoder(model.data().weights,
                                     compute::parse_precision(options.precision))),
        ahead(from.data().config.dims.n_mels) {}

  /// A function that reads the recording, ahead of its time if that was asked for.
  using Read = std::function<whisper::ReadRecording(const std::stop_token&)>;
  Read reading(whisper::Recording recording);
  Read reading_file(const std::string& path, int channel);

  Result transcribe(const Read& read, const Options& options, const Callbacks& callbacks);
  LanguageDetection detect_language(const Read& read, const Options& options,
                                    const Callbacks& callbacks);

  // `fill` writes the window's log-mel, (n_mels, 3000).
  template <class Fill>
  std::shared_ptr<const compute::EncodedWindow> encode(Fill fill, const Callbacks& callbacks,
                                                       StageSeconds& seconds);
  whisper::LanguageGuess choose_language(const whisper::LogMel& mel, const Options& options,
                                         const Callbacks& callbacks, StageSeconds& seconds);

  Model model;
  std::unique_ptr<compute::Device> device;
  std::unique_ptr<compute::EncoderEngine> encoder;
  std::unique_ptr<compute::DecoderEngine> decoder;
  whisper::ReadAhead ahead;
};

Transcriber::Impl::Read Transcriber::Impl::reading(whisper::Recording recording) {
  return [this, from = std::move(recording)](const std::stop_token& stop) {
    whisper::ReadRecording read =
        whisper::read_recording(from, model.data().config.dims.n_mels, stop);
    ahead.begin();
    return read;
  };
}

Transcriber::Impl::Read Transcriber::Impl::reading_file(const std::string& path, int channel) {
  if (!ahead.has(path, channel)) return reading(whisper::open_recording(path, channel));
  return [this](const std::stop_token& stop) {
    whisper::ReadRecording read = ahead.take(stop);
    ahead.begin();
    return read;
  };
}

template <class Fill>
std::shared_ptr<const compute::EncodedWindow> Transcriber::Impl::encode(Fill fill,
                                                                        const Callbacks& callbacks,
                                                                        StageSeconds& seconds) {
  compute::Tensor mel(compute::DType::f32, model.data().config.dims.n_mels, whisper::kWindowFrames);
  Stopwatch::timed(seconds.mel, [&] { fill(mel.values<float>()); });
  const compute::TensorView view = mel.view();
  return Stopwatch::timed(seconds.encode, [&] {
    return encoder->encode({&view, 1}, callbacks.stop).front();
  });
}

whisper::LanguageGuess Transcriber::Impl::choose_language(const whisper::LogMel& mel,
                                                          const Options& options,
                                                          const Callbacks& callbacks,
                                                          StageSeconds& seconds) {
  whisper::LanguageGuess guess{"en", 1.0};
  if (const auto chosen = chosen_language(options)) {
    guess.code = *chosen;
  } else if (model.is_multilingual()) {
    const int frames = mel.content_frames();
    const int windows = std::clamp((frames + whisper::kWindowFrames - 1) / whisper::kWindowFrames,
                                   1, options.language_detection_windows);
    guess = whisper::vote_language(windows, options.language_detection_threshold, [&](int index) {
      const int first = index * whisper::kWindowFrames;
      const auto fill = [&](std::span<float> out) {
        if (index == 0) return mel.detection_window(out);
        mel.window(first, std::min(whisper::kWindowFrames, frames - first), out);
      };
      const auto window = encode(fill, callbacks, seconds);
      return Stopwatch::timed(seconds.decode, [&] {
        return whisper::detect_language(model.data().tokenizer, *decoder, window, callbacks.stop);
      });
    });
  }
  if (callbacks.on_language) callbacks.on_language(guess.code, guess.probability);
  return guess;
}

Result Transcriber::Impl::transcribe(const Read& read, const Options& options,
                                     const Callbacks& callbacks) try {
  const detail::ModelData& data = model.data();
  whisper::check_options(options, data.config.dims);
  Result result;
  const whisper::ReadRecording recording = read(callbacks.stop);
  const whisper::LogMel& mel = recording.mel;
  result.seconds = recording.seconds;
  result.duration_s = mel.content_frames() / static_cast<double>(whisper::kFramesPerSecond);
  add_warnings(recording.damaged_packets, options, result);
  const auto [language, probability] = choose_language(mel, options, callbacks, result.seconds);
  result.language = language;
  result.language_probability = probability;
  result.has_words = options.word_timestamps;

  const whisper::WindowDecoder text_decoder(data.tokenizer, data.config.dims, options, language);
  const whisper::WordAligner aligner(data.tokenizer, data.config, options, language);
  whisper::Transcript transcript(data.tokenizer, options, mel.content_frames(),
                                 text_decoder.prompts().initial_prompt(),
                                 text_decoder.prompts().max_history_tokens());
  if (callbacks.on_progress) callbacks.on_progress(0, result.duration_s);
  while (!transcript.complete()) {
    const int seek = transcript.seek_frames();
    const int frames = transcript.window_frames();
    const auto window = encode([&](std::span<float> out) { mel.window(seek, frames, out); },
                               callbacks, result.seconds);
    const auto added = Stopwatch::timed(result.seconds.decode, [&] {
      const auto text =
          text_decoder.decode(*decoder, window, transcript.history(), seek, callbacks.stop);
      return transcript.add_window(text, [&](std::span<Segment> segments, double last_speech_s) {
        aligner.align(segments, *decoder, window, frames, last_speech_s, callbacks.stop);
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

LanguageDetection Transcriber::Impl::detect_language(const Read& read, const Options& options,
                                                     const Callbacks& callbacks) try {
  whisper::check_options(options, model.data().config.dims);
  StageSeconds seconds;
  const whisper::LogMel mel = read(callbacks.stop).mel;
  Options detecting = options;
  detecting.language.clear();
  const auto [language, probability] = choose_language(mel, detecting, callbacks, seconds);
  return {language, probability};
} catch (const std::bad_alloc&) {
  throw Error(ErrorCode::out_of_memory, "detect_language: not enough memory");
}

Transcriber::Transcriber(const Model& model, const DeviceOptions& device) try
    : impl_(std::make_unique<Impl>(model, device)) {
} catch (const std::bad_alloc&) {
  throw Error(ErrorCode::out_of_memory, "model " + model.name() + ": not enough memory");
}

Transcriber::~Transcriber() = default;
Transcriber::Transcriber(Transcriber&& other) noexcept = default;
Transcriber& Transcriber::operator=(Transcriber&& other) noexcept = default;

Result Transcriber::transcribe_file(const std::string& path, const Options& options,
                                    const Callbacks& callbacks) {
  return impl_->transcribe(impl_->reading_file(path, options.channel), options, callbacks);
}

Result Transcriber::transcribe_memory(std::span<const std::byte> file, const std::string& name,
                                      const Options& options, const Callbacks& callbacks) {
  return impl_->transcribe(impl_->reading(whisper::open_recording(file, name, options.channel)),
                           options, callbacks);
}

Result Transcriber::transcribe_samples(std::span<const float> samples, const Options& options,
                                       const Callbacks& callbacks) {
  return impl_->transcribe(impl_->reading(whisper::open_recording(samples)), options, callbacks);
}

LanguageDetection Transcriber::detect_language_file(const std::string& path, const Options& options,
                                                    const Callbacks& callbacks) {
  return impl_->detect_language(impl_->reading_file(path, options.channel), options, callbacks);
}

void Transcriber::read_ahead(const std::string& path, const Options& options) {
  impl_->ahead.request(path, options.channel);
}

std::string Transcriber::describe() const { return impl_->device->describe(); }

int channel_count(const std::string& path) {
  return whisper::AudioStream::open_file(path).channels();
}

}  // namespace tessera
