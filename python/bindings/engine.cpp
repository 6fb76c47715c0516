#include "python/bindings/engine.h"

#include <utility>

#include "tessera/error.h"
#include "tessera/info.h"

namespace tessera::python {
namespace {

/// How sound in memory is called in messages.
constexpr const char* kNameOfBytes = "audio";

Callbacks callbacks_telling(Job& job, const std::stop_token& stop, const Wanted& wanted) {
  Callbacks callbacks;
  callbacks.stop = stop;
  if (wanted.language) {
    callbacks.on_language = [&job](const std::string& code, double probability) {
      job.tell(LanguageDetection{code, probability});
    };
  }
  if (wanted.segments) {
    callbacks.on_segment = [&job](const Segment& segment) { job.tell(segment); };
  }
  if (wanted.windows) {
    callbacks.on_window = [&job](const WindowReport& window) { job.tell(window); };
  }
  if (wanted.progress) {
    callbacks.on_progress = [&job](double done_s, double total_s) {
      job.tell(Progress{done_s, total_s});
    };
  }
  return callbacks;
}

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace

/// Waits until no other transcription uses the engine, and keeps others waiting.
class Engine::Turn {
 public:
  Turn(Engine& engine, const std::stop_token& stop) : engine_(engine) {
    std::unique_lock lock(engine_.mutex_);
    if (!engine_.idle_.wait(lock, stop, [&] { return !engine_.busy_; })) {
      throw Error(ErrorCode::cancelled, "cancelled");
    }
    engine_.busy_ = true;
  }
  ~Turn() {
    {
      const std::lock_guard lock(engine_.mutex_);
      engine_.busy_ = false;
    }
    engine_.idle_.notify_one();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Engine& engine_;
};

Engine::Engine(const std::string& name, const std::string& model_dir, const DeviceOptions& device)
    : model_(Model::load(name, model_dir)),
      transcriber_(model_, device),
      device_(transcriber_.describe()) {}

RunInfo Engine::describe_run(const Options& options) const {
  return {.model = model_.name(),
          .system = device_,
          .translated = options.task == Task::translate,
          .multilingual = model_.is_multilingual(),
          .vocabulary_size = model_.vocabulary_size(),
          .language = options.language.empty() ? "auto" : find_language(options.language)};
}

void Engine::transcribe(Job& job, const std::stop_token& stop, const Sound& sound,
                        const Options& options, const Wanted& wanted) {
  const Turn turn(*this, stop);
  const Callbacks callbacks = callbacks_telling(job, stop, wanted);
  job.tell(std::visit(
      Overloaded{[&](const SoundFile& file) {
                   return transcriber_.transcribe_file(file.path, options, callbacks);
                 },
                 [&](std::span<const std::byte> file) {
                   return transcriber_.transcribe_memory(file, kNameOfBytes, options, callbacks);
                 },
                 [&](std::span<const float> samples) {
                   return transcriber_.transcribe_samples(samples, options, callbacks);
                 }},
      sound));
}

void Engine::transcribe_files(Job& job, const std::stop_token& stop,
                              const std::vector<std::string>& paths, const Options& options) {
  const Turn turn(*this, stop);
  std::vector<FileJob> files;
  files.reserve(paths.size());
  for (const std::string& path : paths) {
    files.push_back({path, options, callbacks_telling(job, stop, {})});
  }
  FilesCallbacks callbacks;
  callbacks.on_done = [&](std::size_t file, FileOutcome outcome) {
    // The stop is for all of them; without this each of the others would be told as cancelled.
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    job.tell(FileDone{file, std::move(outcome)});
  };
  transcriber_.transcribe_files(files, callbacks);
}

void Engine::detect_language(Job& job, const std::stop_token& stop, const Sound& sound,
                             const Options& options) {
  const Turn turn(*this, stop);
  const Callbacks callbacks = callbacks_telling(job, stop, {});
  job.tell(std::visit(
      Overloaded{[&](const SoundFile& file) {
                   return transcriber_.detect_language_file(file.path, options, callbacks);
                 },
                 [&](std::span<const std::byte> file) {
                   return transcriber_.detect_language_memory(file, kNameOfBytes, options,
                                                              callbacks);
                 },
                 [&](std::span<const float> samples) {
                   return transcriber_.detect_language_samples(samples, options, callbacks);
                 }},
      sound));
}

}  // namespace tessera::python
