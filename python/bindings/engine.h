// A loaded model on its device, for any number of threads: transcriptions take turns.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "python/bindings/job.h"
#include "tessera/writers.h"

namespace tessera::python {

/// Sound as Python gave it; what lies in memory must stay there while it is used.
struct SoundFile {
  std::string path;
};
using Sound = std::variant<SoundFile, std::span<const std::byte>, std::span<const float>>;

/// Which callbacks somebody waits for.
struct Wanted {
  bool language = false;
  bool segments = false;
  bool windows = false;
  bool progress = false;
};

class Engine {
 public:
  Engine(const std::string& name, const std::string& model_dir, const DeviceOptions& device);

  const Model& model() const { return model_; }
  const std::string& device() const { return device_; }
  RunInfo describe_run(const Options& options) const;

  /// Tells a Result at last.
  void transcribe(Job& job, const std::stop_token& stop, const Sound& sound, const Options& options,
                  const Wanted& wanted);
  /// Tells a FileDone for each file, in their order.
  void transcribe_files(Job& job, const std::stop_token& stop,
                        const std::vector<std::string>& paths, const Options& options);
  /// Tells one LanguageDetection.
  void detect_language(Job& job, const std::stop_token& stop, const Sound& sound,
                       const Options& options);

 private:
  class Turn;

  Model model_;
  Transcriber transcriber_;
  std::string device_;
  std::mutex mutex_;
  std::condition_variable_any idle_;
  bool busy_ = false;
};

}  // namespace tessera::python
