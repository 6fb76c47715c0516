// A queue of jobs in front of engines that all of them share.
#include "tessera/service.h"

#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <new>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "src/base/job_threads.h"
#include "src/whisper/batched_recording.h"
#include "src/whisper/device_options.h"
#include "src/whisper/model_data.h"
#include "src/whisper/options_check.h"
#include "src/whisper/recording.h"
#include "src/whisper/sequential.h"
#include "src/whisper/shared_engines.h"

namespace tessera {
namespace {

std::exception_ptr cancelled() {
  return std::make_exception_ptr(Error(ErrorCode::cancelled, "cancelled"));
}

/// A job that was taken, and what asks it to stop: its owner or the service.
struct TakenJob {
  explicit TakenJob(ServiceJob from)
      : job(std::move(from)),
        on_stop(std::exchange(job.callbacks.stop, source.get_token()),
                [this] { source.request_stop(); }) {}

  void end(FileOutcome outcome) const {
    if (job.on_done) job.on_done(std::move(outcome));
  }

  std::stop_source source;
  ServiceJob job;
  std::stop_callback<std::function<void()>> on_stop;
};

const ServiceOptions& checked(const ServiceOptions& options) {
  Options windows;
  windows.batch_size = options.windows;
  whisper::check_batch_size(windows);
  if (options.windows < 1) {
    throw Error(ErrorCode::bad_argument,
                "windows: expected 1 or more, got " + std::to_string(options.windows));
  }
  if (!(options.max_audio_s >= 0)) {
    throw Error(ErrorCode::bad_argument,
                "max_audio_s: expected 0 or more, got " + std::to_string(options.max_audio_s));
  }
  return options;
}

}  // namespace

struct Service::Impl {
  Impl(const Model& from, const ServiceOptions& wanted);
  ~Impl();

  bool submit(ServiceJob job);
  /// With the lock held.
  bool has_room() const;
  void close();
  void drain();
  void cancel_all();

  void work(const std::stop_token& stop);
  FileOutcome run(const TakenJob& taken);
  Result in_turn(const ServiceJob& job);
  FileOutcome side_by_side(const ServiceJob& job);
  whisper::ReadFunction reading(const ServiceJob& job) const;

  const ServiceOptions options;
  const Model model;
  std::unique_ptr<compute::Device> device;
  std::unique_ptr<compute::EncoderEngine> encoder;
  std::unique_ptr<compute::DecoderEngine> decoder;
  whisper::SharedEngines engines;

  mutable std::mutex mutex;
  std::condition_variable_any changed;
  bool closed = false;
  std::deque<std::unique_ptr<TakenJob>> waiting;
  std::list<TakenJob*> running;

  // Last, so that they end before what they use.
  base::JobThreads window_threads;  // of jobs whose windows go side by side
  std::vector<std::jthread> job_threads;
};

// Beside a decoder that is busy elsewhere, one more thread has the next window encoded; and while
// all windows are being decoded, one more job is read.
Service::Impl::Impl(const Model& from, const ServiceOptions& wanted)
    : options(checked(wanted)),
      model(from),
      device(whisper::open_device(options.device)),
      encoder(device->load_encoder(model.data().weights,
                                   compute::parse_precision(options.device.precision))),
      decoder(device->load_decoder(model.data().weights,
                                   compute::parse_precision(options.device.precision))),
      engines(*encoder, *decoder, model.data().config.dims,
              {options.windows, device->encodes_beside_decoding()}),
      window_threads(options.windows + (device->encodes_beside_decoding() ? 1 : 0),
                     static_cast<std::size_t>(options.windows)) {
  for (int i = 0; i < options.windows + 1; ++i) {
    job_threads.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

Service::Impl::~Impl() {
  close();
  cancel_all();
  drain();
}

bool Service::Impl::submit(ServiceJob job) {
  auto taken = std::make_unique<TakenJob>(std::move(job));
  std::vector<std::unique_ptr<TakenJob>> given_up;
  bool kept = false;
  {
    const std::scoped_lock lock(mutex);
    // Those that nobody wants any more make room.
    for (auto& other : waiting) {
      if (other->source.stop_requested()) given_up.push_back(std::move(other));
    }
    std::erase(waiting, nullptr);
    kept = has_room();
    if (kept) waiting.push_back(std::move(taken));
    changed.notify_all();
  }
  for (const auto& other : given_up) other->end({{}, cancelled()});
  return kept;
}

// A job that waits for a thread that has nothing to do is as good as running.
bool Service::Impl::has_room() const {
  return !closed && waiting.size() + running.size() < options.max_waiting + job_threads.size();
}

void Service::Impl::close() {
  const std::scoped_lock lock(mutex);
  closed = true;
}

void Service::Impl::drain() {
  std::unique_lock lock(mutex);
  closed = true;
  changed.wait(lock, [this] { return waiting.empty() && running.empty(); });
}

void Service::Impl::cancel_all() {
  const std::scoped_lock lock(mutex);
  for (const auto& job : waiting) job->source.request_stop();
  for (TakenJob* job : running) job->source.request_stop();
}

void Service::Impl::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex);
  while (changed.wait(lock, stop, [this] { return !waiting.empty(); })) {
    const std::unique_ptr<TakenJob> taken = std::move(waiting.front());
    waiting.pop_front();
    running.push_back(taken.get());
    lock.unlock();
    taken->end(run(*taken));
    lock.lock();
    running.remove(taken.get());
    changed.notify_all();
  }
}

FileOutcome Service::Impl::run(const TakenJob& taken) {
  FileOutcome outcome;
  try {
    if (taken.source.stop_requested()) return {{}, cancelled()};
    whisper::check_batch_size(taken.job.options);
    if (taken.job.options.batch_size > 1) return side_by_side(taken.job);
    outcome.result = in_turn(taken.job);
  } catch (const std::bad_alloc&) {
    outcome.error =
        std::make_exception_ptr(Error(ErrorCode::out_of_memory, "transcribe: not enough memory"));
  } catch (...) {
    outcome.error = std::current_exception();
  }
  return outcome;
}

Result Service::Impl::in_turn(const ServiceJob& job) {
  whisper::SharedEngines::Client client(engines);
  Result result = whisper::transcribe_in_turn(model.data(), client, client, reading(job),
                                              job.options, job.callbacks);
  // Time spent waiting for others is not this job's work.
  result.seconds.encode = client.encode_seconds();
  result.seconds.decode = client.decode_seconds();
  return result;
}

FileOutcome Service::Impl::side_by_side(const ServiceJob& job) {
  const auto recording = std::make_shared<whisper::BatchedRecording>(
      model.data(), engines, whisper::RecordingJob{reading(job), job.options, job.callbacks});
  const std::jthread feeder([&](const std::stop_token& stop) {
    const std::size_t windows = recording->prepare();
    for (std::size_t i = 0; i < windows; ++i) {
      if (!window_threads.submit([recording, i] { recording->decode(i); }, stop)) return;
    }
  });
  return recording->report();
}

whisper::ReadFunction Service::Impl::reading(const ServiceJob& job) const {
  return [this, &job](const std::stop_token& stop) {
    return whisper::read_recording(
        whisper::open_recording(job.file, job.name, job.options.channel, options.max_audio_s),
        whisper::read_plan(job.options), model.data().config.dims.n_mels, stop);
  };
}

Service::Service(const Model& model, const ServiceOptions& options) try
    : impl_(std::make_unique<Impl>(model, options)) {
} catch (const std::bad_alloc&) {
  throw Error(ErrorCode::out_of_memory, "model " + model.name() + ": not enough memory");
}

Service::~Service() = default;

bool Service::submit(ServiceJob job) { return impl_->submit(std::move(job)); }
void Service::close() { impl_->close(); }
void Service::drain() { impl_->drain(); }
void Service::cancel_all() { impl_->cancel_all(); }

bool Service::has_room() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->has_room();
}

std::size_t Service::waiting() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->waiting.size();
}

std::size_t Service::running() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->running.size();
}

std::string Service::describe() const { return impl_->device->describe(); }

}  // namespace tessera
