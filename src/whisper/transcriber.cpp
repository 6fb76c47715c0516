// Sound in, text out: the way of the data from samples to segments.
#include "tessera/transcriber.h"

#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

#include "src/base/stopwatch.h"
#include "src/compute/devices.h"
#include "src/whisper/audio.h"
#include "src/whisper/decoder.h"
#include "src/whisper/languages.h"
#include "src/whisper/mel.h"
#include "src/whisper/model_data.h"
#include "src/whisper/text_measures.h"
#include "src/whisper/timestamps.h"
#include "src/whisper/transcript.h"

namespace tessera {
namespace {

using base::Stopwatch;

void check_cancelled(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
}

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

// Reads all of `source` through the front end; samples are dropped as soon as they are used.
template <class Source>
whisper::LogMel read_mel(Source& source, int n_mels, const Callbacks& callbacks,
                         StageSeconds& seconds) {
  whisper::LogMelBuilder builder(n_mels);
  std::array<float, whisper::kSampleRateHz> chunk;  // one second
  for (;;) {
    check_cancelled(callbacks.stop);
    const std::size_t samples = Stopwatch::timed(seconds.read, [&] { return source.read(chunk); });
    if (samples == 0) break;
    Stopwatch::timed(seconds.mel, [&] { builder.push(std::span(chunk).first(samples)); });
  }
  return Stopwatch::timed(seconds.mel, [&] { return builder.finish(); });
}

void note_damage(std::size_t damaged_packets, Result& result) {
  if (damaged_packets == 0) return;
  result.warnings.push_back("damaged packets that were left out: " +
                            std::to_string(damaged_packets));
}

// Samples that the caller holds, read like a file.
class SampleSource {
 public:
  explicit SampleSource(std::span<const float> samples) : rest_(samples) {}

  std::size_t read(std::span<float> out) {
    const std::size_t count = std::min(out.size(), rest_.size());
    std::copy_n(rest_.begin(), count, out.begin());
    rest_ = rest_.subspan(count);
    return count;
  }

  static std::size_t damaged_packets() { return 0; }

 private:
  std::span<const float> rest_;
};

}  // namespace

struct Transcriber::Impl {
  Impl(const Model& from, const DeviceOptions& options)
      : model(from),
        device(open(options)),
        encoder(device->load_encoder(model.data().weights,
                                     compute::parse_precision(options.precision))),
        decoder(device->load_decoder(model.data().weights,
                                     compute::parse_precision(options.precision))) {}

  template <class Source>
  Result transcribe(Source source, const Options& options, const Callbacks& callbacks);

  template <class Fill>
  std::shared_ptr<const compute::EncodedWindow> encode(Fill fill, const Callbacks& callbacks,
                                                       StageSeconds& seconds);
  std::string choose_language(const whisper::LogMel& mel, const Options& options,
                              const Callbacks& callbacks, StageSeconds& seconds);

  Model model;
  std::unique_ptr<compute::Device> device;
  std::unique_ptr<compute::EncoderEngine> encoder;
  std::unique_ptr<compute::DecoderEngine> decoder;
};

// `fill` writes the window's log-mel, (n_mels, 3000).
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

std::string Transcriber::Impl::choose_language(const whisper::LogMel& mel, const Options& options,
                                               const Callbacks& callbacks, StageSeconds& seconds) {
  whisper::LanguageGuess guess{"en", 1.0};
  if (!options.language.empty()) {
    const auto code = whisper::language_code(options.language);
    if (!code) {
      throw Error(ErrorCode::bad_argument,
                  "language: expected a code like 'en' or a name like "
                  "'english', got '" +
                      options.language + "'");
    }
    guess.code = *code;
  } else if (model.is_multilingual()) {
    const auto window =
        encode([&](std::span<float> out) { mel.detection_window(out); }, callbacks, seconds);
    guess = Stopwatch::timed(seconds.decode, [&] {
      return whisper::detect_language(model.data().tokenizer, *decoder, window, callbacks.stop);
    });
  }
  if (callbacks.on_language) callbacks.on_language(guess.code, guess.probability);
  return guess.code;
}

template <class Source>
Result Transcriber::Impl::transcribe(Source source, const Options& options,
                                     const Callbacks& callbacks) try {
  const whisper::Tokenizer& tokenizer = model.data().tokenizer;
  Result result;
  const whisper::LogMel mel =
      read_mel(source, model.data().config.dims.n_mels, callbacks, result.seconds);
  note_damage(source.damaged_packets(), result);
  result.duration_s = mel.content_frames() / static_cast<double>(whisper::kFramesPerSecond);
  result.language = choose_language(mel, options, callbacks, result.seconds);

  const whisper::WindowDecoder window_decoder(tokenizer, model.data().config.dims, options,
                                              result.language);
  whisper::Transcript transcript(tokenizer, options, mel.content_frames());
  if (callbacks.on_progress) callbacks.on_progress(0, result.duration_s);
  while (!transcript.complete()) {
    const auto window = encode(
        [&](std::span<float> out) {
          mel.window(transcript.seek_frames(), transcript.window_frames(), out);
        },
        callbacks, result.seconds);
    const whisper::WindowText text = Stopwatch::timed(result.seconds.decode, [&] {
      return window_decoder.decode(*decoder, window, transcript.history(), callbacks.stop);
    });
    for (const Segment& segment : transcript.add_window(text)) {
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
  return impl_->transcribe(whisper::AudioStream::open_file(path, {.channel = options.channel}),
                           options, callbacks);
}

Result Transcriber::transcribe_memory(std::span<const std::byte> file, const std::string& name,
                                      const Options& options, const Callbacks& callbacks) {
  return impl_->transcribe(
      whisper::AudioStream::open_memory(file, name, {.channel = options.channel}), options,
      callbacks);
}

Result Transcriber::transcribe_samples(std::span<const float> samples, const Options& options,
                                       const Callbacks& callbacks) {
  return impl_->transcribe(SampleSource(samples), options, callbacks);
}

LanguageDetection Transcriber::detect_language_file(const std::string& path, const Options& options,
                                                    const Callbacks& callbacks) {
  Options detecting = options;
  detecting.language.clear();
  LanguageDetection found;
  Callbacks listening = callbacks;
  listening.on_language = [&](const std::string& code, double probability) {
    found = {code, probability};
    if (callbacks.on_language) callbacks.on_language(code, probability);
  };
  StageSeconds seconds;
  auto source = whisper::AudioStream::open_file(path, {.channel = options.channel});
  const whisper::LogMel mel =
      read_mel(source, impl_->model.data().config.dims.n_mels, listening, seconds);
  impl_->choose_language(mel, detecting, listening, seconds);
  return found;
}

std::string Transcriber::describe() const { return impl_->device->describe(); }

int channel_count(const std::string& path) {
  return whisper::AudioStream::open_file(path).channels();
}

}  // namespace tessera
