// A recording whose windows know nothing of each other, so that they can be decoded at the same
// time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "src/whisper/decoder.h"
#include "src/whisper/model_data.h"
#include "src/whisper/recording.h"
#include "src/whisper/repeated_windows.h"
#include "src/whisper/shared_engines.h"
#include "src/whisper/transcript.h"
#include "src/whisper/transcript_report.h"
#include "src/whisper/window_cuts.h"
#include "src/whisper/word_aligner.h"
#include "tessera/options.h"
#include "tessera/result.h"
#include "tessera/transcriber.h"

namespace tessera::whisper {

/// What is to be transcribed, and who is told. Reading may take a while and throw.
struct RecordingJob {
  ReadFunction read;
  Options options;
  Callbacks callbacks;
};

/// One recording on its way through shared engines. Three kinds of threads meet here: one reads the
/// recording (prepare), any number decode its windows (decode), and one tells what came of them in
/// their order (report). That one decodes a window again, with the text before it, when every
/// attempt without was refused.
class BatchedRecording {
 public:
  /// Borrows the model's data and the engines.
  BatchedRecording(const detail::ModelData& model, SharedEngines& engines, RecordingJob job);

  /// Reads the recording, finds its language, and cuts it into windows; returns how many. What goes
  /// wrong is kept for report(), and there are no windows then.
  std::size_t prepare() noexcept;

  /// Decodes a window. What goes wrong is kept for report().
  void decode(std::size_t index) noexcept;

  /// Waits for the windows one after the other and calls the job's callbacks. What goes wrong, in
  /// one of them too, is in the outcome.
  FileOutcome report() noexcept;

  /// Asks for an end: what is not done yet is cancelled.
  void abandon() noexcept { stop_.request_stop(); }

 private:
  /// What was understood between two cuts: one window, or more where the text of one was cut short.
  struct Heard {
    struct Window {
      WindowText text;
      std::vector<WordTiming> words;
    };
    std::vector<Window> windows;
    StageSeconds seconds;
  };

  void read();
  Heard listen(std::size_t index);
  Heard::Window listen(SharedEngines::Client& engines, const FrameSpan& span,
                       const std::vector<int>& history, double& mel_seconds) const;
  std::vector<int> history(const FrameSpan& span) const;
  int advance(const WindowText& text, int frames) const;
  template <class Ready>
  void wait_for(Ready ready);
  Heard take(std::size_t index);
  Result tell_in_order();
  void tell_window(std::size_t index, Heard heard);
  void tell_again(const FrameSpan& rest, Heard::Window refused, Heard& heard);
  void tell_one(Heard::Window window, bool retried);
  bool is_retried(const WindowText& text) const;
  bool is_doubtful(const WindowText& text) const;

  const detail::ModelData& model_;
  SharedEngines& engines_;
  const RecordingJob job_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> on_stop_;

  // Written by prepare() and read by the others afterwards, but for mel_.
  Result result_;  // as far as it is known before the first window
  std::optional<WindowDecoder> decoder_;
  std::optional<WordAligner> aligner_;
  std::vector<FrameSpan> windows_;
  SpeechMap speech_;
  int content_frames_ = 0;

  // Of the thread that tells.
  std::optional<Transcript> transcript_;
  std::optional<TranscriptReport> report_;
  std::optional<RepeatedWindows> repeated_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const LogMel> mel_;  // gone when all windows have been told of
  bool prepared_ = false;
  std::vector<std::optional<Heard>> heard_;  // by window
  std::exception_ptr failure_;               // the first
};

}  // namespace tessera::whisper
