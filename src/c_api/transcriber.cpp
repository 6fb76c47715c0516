// tessera_transcriber: sound in, tessera_result out.
#include <cstdint>
#include <memory>
#include <span>

#include "src/c_api/callbacks.h"
#include "src/c_api/handles.h"
#include "src/c_api/status.h"
#include "tessera/audio.h"
#include "tessera/info.h"

namespace tessera::c_api {
namespace {

// Holds a transcriber for one transcription, and refuses a second one.
class Turn {
 public:
  explicit Turn(std::atomic<bool>& busy) : busy_(busy) {
    if (busy_.exchange(true)) {
      throw Error(ErrorCode::bad_argument,
                  "transcriber: expected one transcription at a time, got a second one");
    }
  }
  ~Turn() { busy_ = false; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::atomic<bool>& busy_;
};

/// What the result's files tell about the run.
RunInfo describe_run(const tessera_transcriber& transcriber, const Options& options) {
  return {.model = transcriber.model.name(),
          .system = transcriber.description,
          .translated = options.task == Task::translate,
          .multilingual = transcriber.model.is_multilingual(),
          .vocabulary_size = transcriber.model.vocabulary_size(),
          .language = options.language.empty() ? "auto" : find_language(options.language)};
}

/// `run(transcriber, options, callbacks)` is one of Transcriber's functions.
template <class Run>
tessera_status transcribe(tessera_transcriber* transcriber, const tessera_options* options,
                          tessera_result** result, Run run) noexcept {
  return make_handle(result, "result", [&] {
    tessera_transcriber& own = require(transcriber, "transcriber");
    const tessera_options chosen = options_or_defaults(options);
    const Turn turn(own.busy);
    return std::make_unique<tessera_result>(
        run(own.transcriber, chosen.transcription, transcription_callbacks(chosen)),
        describe_run(own, chosen.transcription));
  });
}

/// What the caller says lies in memory, if a program can have so much there.
template <class T>
std::span<const T> span_of(const void* data, std::size_t count, const char* name) {
  if (count == 0) return {};
  if (count > PTRDIFF_MAX / sizeof(T)) {
    throw Error(ErrorCode::bad_argument, std::string(name) + ": expected at most " +
                                             std::to_string(PTRDIFF_MAX / sizeof(T)) + ", got " +
                                             std::to_string(count));
  }
  return {&require(static_cast<const T*>(data), name), count};
}

}  // namespace
}  // namespace tessera::c_api

using tessera::Callbacks;
using tessera::Options;
using tessera::Transcriber;
using tessera::c_api::get_value;
using tessera::c_api::make_handle;
using tessera::c_api::options_or_defaults;
using tessera::c_api::require;
using tessera::c_api::span_of;
using tessera::c_api::transcribe;

tessera_status tessera_transcriber_create(const tessera_model* model,
                                          const tessera_options* options,
                                          tessera_transcriber** transcriber) {
  return make_handle(transcriber, "transcriber", [&] {
    return std::make_unique<tessera_transcriber>(require(model, "model").model,
                                                 options_or_defaults(options).device);
  });
}

void tessera_transcriber_free(tessera_transcriber* transcriber) { delete transcriber; }

tessera_status tessera_transcriber_describe(const tessera_transcriber* transcriber,
                                            const char** description) {
  return get_value<const char*>(description, "description", nullptr, [&] {
    return require(transcriber, "transcriber").description.c_str();
  });
}

tessera_status tessera_transcribe_file(tessera_transcriber* transcriber, const char* path,
                                       const tessera_options* options, tessera_result** result) {
  return transcribe(transcriber, options, result,
                    [&](Transcriber& own, const Options& chosen, const Callbacks& callbacks) {
                      return own.transcribe_file(&require(path, "path"), chosen, callbacks);
                    });
}

tessera_status tessera_transcribe_memory(tessera_transcriber* transcriber, const void* file,
                                         size_t bytes, const char* name,
                                         const tessera_options* options, tessera_result** result) {
  return transcribe(transcriber, options, result,
                    [&](Transcriber& own, const Options& chosen, const Callbacks& callbacks) {
                      return own.transcribe_memory(span_of<std::byte>(file, bytes, "file"),
                                                   &require(name, "name"), chosen, callbacks);
                    });
}

tessera_status tessera_transcribe_samples(tessera_transcriber* transcriber, const float* samples,
                                          size_t count, const tessera_options* options,
                                          tessera_result** result) {
  return transcribe(transcriber, options, result,
                    [&](Transcriber& own, const Options& chosen, const Callbacks& callbacks) {
                      return own.transcribe_samples(span_of<float>(samples, count, "samples"),
                                                    chosen, callbacks);
                    });
}

tessera_status tessera_detect_language(tessera_transcriber* transcriber, const char* path,
                                       const tessera_options* options, char** code,
                                       double* probability) {
  using tessera::c_api::transcription_callbacks;
  if (probability != nullptr) *probability = 0;
  return get_value<char*>(code, "code", nullptr, [&] {
    tessera_transcriber& own = require(transcriber, "transcriber");
    const tessera_options chosen = options_or_defaults(options);
    const tessera::c_api::Turn turn(own.busy);
    const tessera::LanguageDetection found = own.transcriber.detect_language_file(
        &require(path, "path"), chosen.transcription, transcription_callbacks(chosen));
    if (probability != nullptr) *probability = found.probability;
    return tessera::c_api::duplicate(found.language);
  });
}

tessera_status tessera_channel_count(const char* path, int* channels) {
  return get_value(channels, "channels", 0,
                   [&] { return tessera::channel_count(&require(path, "path")); });
}
