#include "src/whisper/batch.h"

#include <cstddef>
#include <memory>
#include <stop_token>
#include <thread>
#include <utility>

#include "src/base/job_threads.h"

namespace tessera::whisper {
namespace {

using Recordings = std::vector<std::shared_ptr<BatchedRecording>>;

/// Reads one recording after the other and hands its windows over, as there is room for them.
void feed(const Recordings& recordings, base::JobThreads& threads, const std::stop_token& stop) {
  for (const auto& recording : recordings) {
    if (stop.stop_requested()) return;
    const std::size_t windows = recording->prepare();
    for (std::size_t i = 0; i < windows; ++i) {
      if (!threads.submit([recording, i] { recording->decode(i); }, stop)) return;
    }
  }
}

/// However this ends, what the threads still do is not waited for longer than they need to stop.
class AbandonAtEnd {
 public:
  explicit AbandonAtEnd(const Recordings& recordings) : recordings_(recordings) {}
  ~AbandonAtEnd() {
    for (const auto& recording : recordings_) recording->abandon();
  }
  AbandonAtEnd(const AbandonAtEnd&) = delete;
  AbandonAtEnd& operator=(const AbandonAtEnd&) = delete;

 private:
  const Recordings& recordings_;
};

}  // namespace

void transcribe_together(const detail::ModelData& model, compute::EncoderEngine& encoder,
                         compute::DecoderEngine& decoder, SharedEngines::Limits limits,
                         std::vector<RecordingJob> jobs, const FilesCallbacks& callbacks) {
  SharedEngines engines(encoder, decoder, model.config.dims, limits);
  Recordings recordings;
  for (RecordingJob& job : jobs) {
    recordings.push_back(std::make_shared<BatchedRecording>(model, engines, std::move(job)));
  }
  // Beside a decoder that is busy elsewhere, one more thread has the next window encoded.
  const int ahead = limits.side_by_side ? 1 : 0;
  base::JobThreads threads(limits.windows + ahead, static_cast<std::size_t>(limits.windows));
  const std::jthread feeder([&](const std::stop_token& stop) { feed(recordings, threads, stop); });
  const AbandonAtEnd abandon(recordings);
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    if (callbacks.on_begin) callbacks.on_begin(i);
    FileOutcome outcome = recordings[i]->report();
    if (callbacks.on_done) callbacks.on_done(i, std::move(outcome));
  }
}

}  // namespace tessera::whisper
