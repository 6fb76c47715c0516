// A recording on its way through the front end: samples in, log-mel out.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>
#include <string>

#include "src/whisper/mel.h"
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

/// A recording that has been read to its end.
struct ReadRecording {
  LogMel mel;
  StageSeconds seconds;  ///< of read and mel
  std::size_t damaged_packets = 0;
};

/// Reads one, or takes one that has been read.
using ReadFunction = std::function<ReadRecording(const std::stop_token&)>;

/// Reads all of a recording; samples are dropped as soon as they are used. Throws Error{cancelled}
/// when `stop` asks for it.
ReadRecording read_recording(const Recording& recording, int n_mels, const std::stop_token& stop);

}  // namespace tessera::whisper
