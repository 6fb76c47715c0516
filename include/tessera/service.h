// Transcriptions for many callers at the same time, whose windows are decoded together.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "tessera/error.h"
#include "tessera/model.h"
#include "tessera/options.h"
#include "tessera/result.h"
#include "tessera/transcriber.h"

namespace tessera {

/// How much a service does at the same time.
struct ServiceOptions {
  DeviceOptions device = {};
  int windows = 8;               ///< that are decoded together, of all jobs; 1 to 128
  std::size_t max_waiting = 32;  ///< jobs that may wait while as many run as can
  double max_audio_s = 0;        ///< longer sound is refused while it is read; 0: no bound
};

/// A recording to be transcribed.
struct ServiceJob {
  /// An encoded file in memory, which stays there unchanged until `on_done` has been called.
  std::span<const std::byte> file = {};
  std::string name = {};  ///< stands for the file in messages
  /// With Options::batch_size above 1 the windows of this recording are decoded side by side; else
  /// they follow each other as in Transcriber, and share steps with the windows of other jobs.
  Options options = {};
  /// Called from a thread of the service; what one throws ends this job alone.
  Callbacks callbacks = {};
  /// Called once, after all callbacks, from a thread of the service or from submit() of another
  /// job. Must not throw. Sound that is too long is an Error{bad_argument}.
  std::function<void(FileOutcome outcome)> on_done = {};
};

/// One model on one device for jobs that come at any time, from any thread. Jobs begin in the order
/// of their coming; what one gives does not depend on the others.
///
///     tessera::Service service(tessera::Model::load());
///     service.submit({.file = bytes, .name = "talk.mp3", .on_done = [](auto outcome) { ... }});
///     service.drain();
class TESSERA_API Service {
 public:
  /// Opens the device as Transcriber does. Throws Error{bad_argument} for a number out of range.
  explicit Service(const Model& model, const ServiceOptions& options = {});
  /// Cancels what has not ended, and waits for it.
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Takes a job, or returns false, and has not kept it, when too many wait or close() was called.
  bool submit(ServiceJob job);
  /// Whether submit() would take one now.
  bool has_room() const;

  /// Takes no more jobs.
  void close();
  /// Takes no more jobs and waits until those that were taken have ended.
  void drain();
  /// Asks all jobs that were taken to stop.
  void cancel_all();

  std::size_t waiting() const;  ///< jobs that have not begun
  std::size_t running() const;

  /// One line: device, precision, threads, and which part runs where.
  std::string describe() const;

 private:
  struct TESSERA_LOCAL Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tessera
