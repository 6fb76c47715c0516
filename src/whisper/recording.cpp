#include "src/whisper/recording.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "src/base/stopwatch.h"
#include "src/whisper/audio.h"
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

ReadRecording read_recording(const Recording& recording, int n_mels, const std::stop_token& stop) {
  using base::Stopwatch;
  StageSeconds seconds;
  LogMelBuilder builder(n_mels);
  std::array<float, kSampleRateHz> chunk;  // one second
  for (;;) {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    const std::size_t samples =
        Stopwatch::timed(seconds.read, [&] { return recording.read(chunk); });
    if (samples == 0) break;
    Stopwatch::timed(seconds.mel, [&] { builder.push(std::span(chunk).first(samples)); });
  }
  LogMel mel = Stopwatch::timed(seconds.mel, [&] { return builder.finish(); });
  return {std::move(mel), seconds, recording.damaged_packets()};
}

}  // namespace tessera::whisper
