#include "src/whisper/recording.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "src/base/stopwatch.h"
#include "src/whisper/audio.h"
#include "src/whisper/vad/speech_reader.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

Recording from_stream(AudioStream stream) {
  const auto shared = std::make_shared<AudioStream>(std::move(stream));
  return {[shared](std::span<float> out) { return shared->read(out); },
          [shared] { return shared->damaged_packets(); }};
}

}  // namespace

Recording open_recording(const std::string& path, int channel) {
  return from_stream(AudioStream::open_file(path, {.channel = channel}));
}

Recording open_recording(std::span<const std::byte> file, const std::string& name, int channel,
                         double max_duration_s) {
  return from_stream(
      AudioStream::open_memory(file, name, {.channel = channel, .max_duration_s = max_duration_s}));
}

Recording open_recording(std::span<const float> samples) {
  const auto read = [rest = samples](std::span<float> out) mutable {
    const std::size_t count = std::min(out.size(), rest.size());
    std::copy_n(rest.begin(), count, out.begin());
    rest = rest.subspan(count);
    return count;
  };
  return {read, [] { return std::size_t{0}; }};
}

ReadPlan read_plan(const Options& options) {
  if (!options.vad_filter) return {.channel = options.channel};
  return {.channel = options.channel,
          .only_speech = true,
          .vad_model = options.vad_model,
          .rules = speech_rules(options),
          .clips_s = options.clip_timestamps_s};
}

ReadRecording read_recording(const Recording& recording, const ReadPlan& plan, int n_mels,
                             const std::stop_token& stop) {
  using base::Stopwatch;
  StageSeconds seconds;
  LogMelBuilder builder(n_mels);
  std::optional<SpeechReader> speech;
  if (plan.only_speech) speech.emplace(plan);
  std::int64_t total = 0;
  std::array<float, kSampleRateHz> chunk;  // one second
  for (;;) {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    const std::size_t samples =
        Stopwatch::timed(seconds.read, [&] { return recording.read(chunk); });
    if (samples == 0) break;
    total += static_cast<std::int64_t>(samples);
    const auto read = std::span<const float>(chunk).first(samples);
    Stopwatch::timed(seconds.mel, [&] { speech ? speech->push(read) : builder.push(read); });
  }
  const std::int64_t frames = total / kHopSamples;  // whole ones
  ReadRecording whole{.mel = Stopwatch::timed(seconds.mel,
                                              [&] {
                                                if (speech) speech->finish(builder, stop);
                                                return builder.finish();
                                              }),
                      .speech = {},
                      .duration_s = static_cast<double>(frames) / kFramesPerSecond,
                      .left_out = {},
                      .seconds = seconds,
                      .damaged_packets = recording.damaged_packets()};
  if (speech) {
    whole.speech = speech->map();
    whole.left_out = speech->left_out();
  }
  return whole;
}

}  // namespace tessera::whisper
