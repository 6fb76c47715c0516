// A recording on its way through the front end: samples in, log-mel out.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>
#include <string>

#include <vector>

#include "src/whisper/mel.h"
#include "src/whisper/vad/speech_map.h"
#include "tessera/options.h"
#include "tessera/result.h"

namespace tessera::whisper {

/// Where the samples of a recording come from.
struct Recording {
  /// Writes up to out.size() samples, mono, 16 kHz, and returns how many; 0 at the end.
  std::function<std::size_t(std::span<float> out)> read;
  /// Packets that were left out so far because they were damaged.
  std::function<std::size_t()> damaged_packets;
};

/// A sound file, or the sound of a video; "-" is standard input. See AudioStream for errors.
Recording open_recording(const std::string& path, int channel);
/// An encoded file that lies in memory, which must outlive the recording. Sound of more than
/// `max_duration_s` is an Error{bad_argument} as it is read; 0: no bound.
Recording open_recording(std::span<const std::byte> file, const std::string& name, int channel,
                         double max_duration_s = 0);
/// Samples that the caller holds, which must outlive the recording.
Recording open_recording(std::span<const float> samples);

/// What of a recording is read.
struct ReadPlan {
  int channel = -1;
  bool only_speech = false;  ///< what follows counts only then
  std::string vad_model = {};
  SpeechRules rules = {};
  std::vector<double> clips_s = {};  ///< Options::clip_timestamps_s
  bool operator==(const ReadPlan&) const = default;
};

/// The plan that the options make.
ReadPlan read_plan(const Options& options);

/// A recording that has been read to its end.
struct ReadRecording {
  LogMel mel;             ///< of the joined speech when only speech was asked for
  SpeechMap speech = {};  ///< where that lies in the recording
  double duration_s = 0;
  std::vector<LeftOut> left_out = {};
  StageSeconds seconds = {};  ///< of read and mel
  std::size_t damaged_packets = 0;
};

/// Reads one, or takes one that has been read.
using ReadFunction = std::function<ReadRecording(const std::stop_token&)>;

/// Reads all of a recording. Samples are dropped as soon as they are used, unless only speech is
/// asked for: then they are kept until the end. Throws Error{cancelled} when `stop` asks for it,
/// and as find_vad_weights and SileroNet do.
ReadRecording read_recording(const Recording& recording, const ReadPlan& plan, int n_mels,
                             const std::stop_token& stop);

}  // namespace tessera::whisper
