// Sound in, text out: the way of the data from samples to segments.
#include "tessera/transcriber.h"

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "src/whisper/batch.h"
#include "src/whisper/device_options.h"
#include "src/whisper/mel.h"
#include "src/whisper/model_data.h"
#include "src/whisper/model_engines.h"
#include "src/whisper/options_check.h"
#include "src/whisper/read_ahead.h"
#include "src/whisper/recording.h"
#include "src/whisper/recording_language.h"
#include "src/whisper/sequential.h"

namespace tessera {
namespace {

// The exception that is being handled, or what `transcribe` returns.
template <class Transcribe>
FileOutcome outcome_of(Transcribe transcribe) {
  FileOutcome outcome;
  try {
    outcome.result = transcribe();
  } catch (...) {
    outcome.error = std::current_exception();
  }
  return outcome;
}

}  // namespace

struct Transcriber::Impl {
  Impl(const Model& from, const DeviceOptions& options)
      : model(from),
        device(whisper::open_device(options)),
        encoder(device->load_encoder(model.data().weights,
                                     compute::parse_precision(options.precision))),
        decoder(device->load_decoder(model.data().weights,
                                     compute::parse_precision(options.precision))),
        ahead(from.data().config.dims.n_mels) {}

  /// Reads the recording that `open` gives.
  whisper::ReadFunction reading(std::function<whisper::Recording()> open, const Options& options);
  /// Takes a file that was read ahead, if that was asked for.
  whisper::ReadFunction reading_file(const std::string& path, const Options& options);
  whisper::ReadFunction reading_memory(std::span<const std::byte> file, const std::string& name,
                                       const Options& options);
  whisper::ReadFunction reading_samples(std::span<const float> samples, const Options& options);

  Result transcribe(const whisper::ReadFunction& read, const Options& options,
                    const Callbacks& callbacks);
  LanguageDetection detect_language(const whisper::ReadFunction& read, const Options& options,
                                    const Callbacks& callbacks);

  // With batches when the options ask for them.
  Result transcribe_alone(whisper::ReadFunction read, const Options& options,
                          const Callbacks& callbacks);
  void transcribe_files(std::span<const FileJob> files, const FilesCallbacks& callbacks);
  void transcribe_batches(std::vector<whisper::RecordingJob> jobs, int batch_size,
                          const FilesCallbacks& callbacks);

  Model model;
  std::unique_ptr<compute::Device> device;
  std::unique_ptr<compute::EncoderEngine> encoder;
  std::unique_ptr<compute::DecoderEngine> decoder;
  whisper::ReadAhead ahead;
};

whisper::ReadFunction Transcriber::Impl::reading(std::function<whisper::Recording()> open,
                                                 const Options& options) {
  return [n_mels = model.data().config.dims.n_mels, open = std::move(open),
          plan = whisper::read_plan(options)](const std::stop_token& stop) {
    return whisper::read_recording(open(), plan, n_mels, stop);
  };
}

whisper::ReadFunction Transcriber::Impl::reading_file(const std::string& path,
                                                      const Options& options) {
  return [this, path, options](const std::stop_token& stop) {
    const whisper::ReadPlan plan = whisper::read_plan(options);
    const auto open = [&] { return whisper::open_recording(path, plan.channel); };
    whisper::ReadRecording read =
        ahead.has(path, plan) ? ahead.take(stop) : reading(open, options)(stop);
    ahead.begin();
    return read;
  };
}

whisper::ReadFunction Transcriber::Impl::reading_memory(std::span<const std::byte> file,
                                                        const std::string& name,
                                                        const Options& options) {
  const int channel = options.channel;
  return reading([=] { return whisper::open_recording(file, name, channel); }, options);
}

whisper::ReadFunction Transcriber::Impl::reading_samples(std::span<const float> samples,
                                                         const Options& options) {
  return reading([samples] { return whisper::open_recording(samples); }, options);
}

Result Transcriber::Impl::transcribe(const whisper::ReadFunction& read, const Options& options,
                                     const Callbacks& callbacks) {
  return whisper::transcribe_in_turn(model.data(), *encoder, *decoder, read, options, callbacks);
}

Result Transcriber::Impl::transcribe_alone(whisper::ReadFunction read, const Options& options,
                                           const Callbacks& callbacks) {
  if (options.batch_size <= 1) return transcribe(read, options, callbacks);
  FileOutcome only;
  FilesCallbacks files;
  files.on_done = [&](std::size_t /*file*/, FileOutcome outcome) { only = std::move(outcome); };
  transcribe_batches({{std::move(read), options, callbacks}}, options.batch_size, files);
  if (only.error != nullptr) std::rethrow_exception(only.error);
  return std::move(only.result);
}

void Transcriber::Impl::transcribe_files(std::span<const FileJob> files,
                                         const FilesCallbacks& callbacks) {
  if (files.empty()) return;
  const int batch_size = files.front().options.batch_size;
  std::vector<whisper::RecordingJob> jobs;
  for (const FileJob& file : files) {
    if (file.options.batch_size != batch_size) {
      throw Error(ErrorCode::bad_argument, "batch_size: expected the same for all files, got " +
                                               std::to_string(batch_size) + " and " +
                                               std::to_string(file.options.batch_size));
    }
    const auto open = [&file] { return whisper::open_recording(file.path, file.options.channel); };
    jobs.push_back({reading(open, file.options), file.options, file.callbacks});
  }
  if (batch_size > 1) return transcribe_batches(std::move(jobs), batch_size, callbacks);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (callbacks.on_begin) callbacks.on_begin(i);
    if (i + 1 < files.size())
      ahead.request(files[i + 1].path, whisper::read_plan(files[i + 1].options));
    FileOutcome outcome = outcome_of([&] {
      return transcribe(reading_file(files[i].path, files[i].options), files[i].options,
                        files[i].callbacks);
    });
    if (callbacks.on_done) callbacks.on_done(i, std::move(outcome));
  }
}

void Transcriber::Impl::transcribe_batches(std::vector<whisper::RecordingJob> jobs, int batch_size,
                                           const FilesCallbacks& callbacks) try {
  for (const whisper::RecordingJob& job : jobs) whisper::check_batch_size(job.options);
  const whisper::SharedEngines::Limits limits{batch_size, device->encodes_beside_decoding()};
  whisper::transcribe_together(model.data(), *encoder, *decoder, limits, std::move(jobs),
                               callbacks);
} catch (const std::bad_alloc&) {
  throw Error(ErrorCode::out_of_memory, "transcribe: not enough memory");
}

LanguageDetection Transcriber::Impl::detect_language(const whisper::ReadFunction& read,
                                                     const Options& options,
                                                     const Callbacks& callbacks) try {
  whisper::check_options(options, model.data().config.dims);
  StageSeconds seconds;
  const whisper::LogMel mel = read(callbacks.stop).mel;
  Options detecting = options;
  detecting.language.clear();
  const auto [language, probability] = whisper::find_language(
      mel, detecting, model.data().tokenizer, *encoder, *decoder, callbacks.stop, seconds);
  if (callbacks.on_language) callbacks.on_language(language, probability);
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
  return impl_->transcribe_alone(impl_->reading_file(path, options), options, callbacks);
}

Result Transcriber::transcribe_memory(std::span<const std::byte> file, const std::string& name,
                                      const Options& options, const Callbacks& callbacks) {
  return impl_->transcribe_alone(impl_->reading_memory(file, name, options), options, callbacks);
}

Result Transcriber::transcribe_samples(std::span<const float> samples, const Options& options,
                                       const Callbacks& callbacks) {
  return impl_->transcribe_alone(impl_->reading_samples(samples, options), options, callbacks);
}

void Transcriber::transcribe_files(std::span<const FileJob> files,
                                   const FilesCallbacks& callbacks) {
  impl_->transcribe_files(files, callbacks);
}

LanguageDetection Transcriber::detect_language_file(const std::string& path, const Options& options,
                                                    const Callbacks& callbacks) {
  return impl_->detect_language(impl_->reading_file(path, options), options, callbacks);
}

LanguageDetection Transcriber::detect_language_memory(std::span<const std::byte> file,
                                                      const std::string& name,
                                                      const Options& options,
                                                      const Callbacks& callbacks) {
  return impl_->detect_language(impl_->reading_memory(file, name, options), options, callbacks);
}

LanguageDetection Transcriber::detect_language_samples(std::span<const float> samples,
                                                       const Options& options,
                                                       const Callbacks& callbacks) {
  return impl_->detect_language(impl_->reading_samples(samples, options), options, callbacks);
}

void Transcriber::read_ahead(const std::string& path, const Options& options) {
  impl_->ahead.request(path, whisper::read_plan(options));
}

detail::ModelEngines Transcriber::engines() {
  return {impl_->model.data(), *impl_->encoder, *impl_->decoder};
}

std::string Transcriber::describe() const { return impl_->device->describe(); }

}  // namespace tessera
