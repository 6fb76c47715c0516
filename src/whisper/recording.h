// A recording on its way through the front end: samples in, log-mel out.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "src/whisper/mel.h"
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
/// An encoded file that lies in memory, which must outlive the recording.
Recording open_recording(std::span<const std::byte> file, const std::string& name, int channel);
/// Samples that the caller holds, which must outlive the recording.
Recording open_recording(std::span<const float> samples);

/// Reads all of a recording; samples are dropped as soon as they are used. Adds to the seconds of
/// read and mel. Throws Error{cancelled} when the callbacks' stop token asks for it.
LogMel read_log_mel(const Recording& recording, int n_mels, const Callbacks& callbacks,
                    StageSeconds& seconds);

}  // namespace tessera::whisper
