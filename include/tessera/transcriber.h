// Sound in, text out.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "tessera/error.h"
#include "tessera/model.h"
#include "tessera/options.h"
#include "tessera/result.h"

namespace tessera {

namespace detail {
struct ModelEngines;
}

/// Where and how precisely a model is computed.
struct DeviceOptions {
  /// "auto" takes the fastest device that this build and machine have; any other name is used or is
  /// an error. "reference" is plain fp32 with sums in float64.
  std::string device = "auto";
  /// "auto", "f32", "bf16" or "int8".
  std::string precision = "auto";
  /// Threads to compute with; 0 means $TESSERA_THREADS, or else one per physical core that this
  /// process may use.
  int threads = 0;
};

/// The language of a recording.
struct LanguageDetection {
  std::string language;  ///< code, e.g. "en"
  double probability = 0;
};

/// One of several files that are transcribed together.
struct FileJob {
  std::string path;  ///< "-" reads standard input
  Options options;
  Callbacks callbacks;  ///< `stop` ends this file alone
};

/// What came of a file.
struct FileOutcome {
  Result result;
  /// Why there is no result, be it an exception of the file's own callbacks; null when there is
  /// one.
  std::exception_ptr error;
};

/// What is told about several files, in their order and from the thread that called, as their own
/// callbacks. Every function may be empty; an exception that one throws ends all and passes
/// through.
struct FilesCallbacks {
  /// Comes before a file's own callbacks.
  std::function<void(std::size_t file)> on_begin;
  /// Comes after them, as soon as the file and all before it are done.
  std::function<void(std::size_t file, FileOutcome outcome)> on_done;
};

/// Transcribes recordings with one model on one device. One transcription at a time per object; any
/// number of objects may share a Model and run side by side.
///
///     tessera::Transcriber transcriber(tessera::Model::load());
///     std::cout << transcriber.transcribe_file("talk.mp3").text << '\n';
class TESSERA_API Transcriber {
 public:
  /// Opens the device and prepares the weights for it. Throws Error{unsupported} when the device or
  /// the precision is not to be had.
  explicit Transcriber(const Model& model, const DeviceOptions& device = {});
  ~Transcriber();
  Transcriber(Transcriber&& other) noexcept;
  Transcriber& operator=(Transcriber&& other) noexcept;

  /// Transcribes a sound file, or the sound of a video; "-" reads standard input.
  /// Throws Error{bad_file} when it is not sound that can be decoded, Error{bad_argument} when an
  /// option is wrong, Error{cancelled} when `callbacks.stop` asked for it.
  Result transcribe_file(const std::string& path, const Options& options = {},
                         const Callbacks& callbacks = {});

  /// Transcribes an encoded file that lies in memory. `name` stands for it in messages.
  Result transcribe_memory(std::span<const std::byte> file, const std::string& name,
                           const Options& options = {}, const Callbacks& callbacks = {});

  /// Transcribes samples: mono, 16 kHz, in [-1, 1].
  Result transcribe_samples(std::span<const float> samples, const Options& options = {},
                            const Callbacks& callbacks = {});

  /// Transcribes several files. With Options::batch_size, which must be the same for all, windows
  /// of several files are decoded together, and files are read while others are decoded; else one
  /// file comes after the other. Files do not fail together: what one would throw is in its
  /// outcome. Throws Error{bad_argument} when the batch sizes differ or are out of range.
  void transcribe_files(std::span<const FileJob> files, const FilesCallbacks& callbacks);

  /// Finds the language that is spoken in a sound file; "-" reads standard input. Of `options`
  /// those about detection and the channel count. Throws as transcribe_file does.
  LanguageDetection detect_language_file(const std::string& path, const Options& options = {},
                                         const Callbacks& callbacks = {});
  /// The same for a file in memory, and for samples.
  LanguageDetection detect_language_memory(std::span<const std::byte> file, const std::string& name,
                                           const Options& options = {},
                                           const Callbacks& callbacks = {});
  LanguageDetection detect_language_samples(std::span<const float> samples,
                                            const Options& options = {},
                                            const Callbacks& callbacks = {});

  /// Says which file comes after the next one, so that it is read while that one is transcribed,
  /// in a thread of its own: from when the next call of this object has read its own recording, and
  /// for the first later call for this `path` and the same channel and voice activity, which throws
  /// what is wrong with it. The last such file counts; its log-mel takes up to 115 MB per hour of
  /// sound. Of no effect for what is not a regular file.
  void read_ahead(const std::string& path, const Options& options = {});

  /// One line: device, precision, threads, and which part runs where.
  std::string describe() const;

 private:
  friend class Stream;
  TESSERA_LOCAL detail::ModelEngines engines();

  struct TESSERA_LOCAL Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tessera
