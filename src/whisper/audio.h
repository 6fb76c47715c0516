// Sound in: any file that people have becomes mono 16 kHz samples, the first step of the way of the
// data. FFmpeg's libraries decode, mix down and resample, so that the samples equal those that the
// reference implementation reads from `ffmpeg -i FILE -f s16le -ac 1 -ar 16000 -`.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace tessera::whisper {

/// The rate that every Whisper model listens at.
inline constexpr int kSampleRateHz = 16000;

/// What a file may bring: beyond these it is damaged or not meant for people.
inline constexpr int kMaxAudioChannels = 16;
inline constexpr int kMinSourceRateHz = 1000;
inline constexpr int kMaxSourceRateHz = 192000;

struct AudioOptions {
  int channel = -1;  ///< -1: mix all channels down to one; N >= 0: only channel N (0-based)
  double max_duration_s = 0;  ///< 0: no bound; longer sound is an Error{bad_argument}
};

/// A stream of mono samples at kSampleRateHz, each a multiple of 1/32768 in [-1, 1). Memory does
/// not grow with the length of the sound. Only the containers and codecs on an allow-list are read,
/// no file but the one given is ever opened, and video is skipped without being decoded.
///
/// Every function that reads may throw Error{bad_file} (missing, empty, not sound, no sound in it,
/// damaged, truncated, not-a-number samples, absurd rate or channel count), Error{unsupported} (a
/// container or codec that is not on the list) or Error{bad_argument} (see AudioOptions).
/// Truncation is known for certain only at the end, so the last read may be the one that throws.
class AudioStream {
 public:
  /// Opens a file; the path "-" is the standard input, which need not be seekable.
  static AudioStream open_file(const std::string& path, const AudioOptions& options = {});

  /// Reads a sound file that lies in memory, which the caller keeps alive and unchanged. `name` is
  /// for error messages; its extension helps to tell the format.
  static AudioStream open_memory(std::span<const std::byte> bytes, const std::string& name,
                                 const AudioOptions& options = {});

  ~AudioStream();
  AudioStream(AudioStream&&) noexcept;
  AudioStream& operator=(AudioStream&&) noexcept;

  /// Fills `out` with the next samples and returns how many; fewer than asked for (then 0) only at
  /// the end. The work done is bounded by the size of `out`, so a caller can cancel between reads.
  std::size_t read(std::span<float> out);

  /// Length by the container's word or by a guess from its bit rate, for progress bars; 0 when
  /// unknown.
  double duration_s() const;

  /// Channels in the file, before mixing or choosing.
  int channels() const;
  int source_rate_hz() const;

  /// FFmpeg's short names, e.g. "wav" and "pcm_s16le", "mov" and "aac".
  std::string format_name() const;
  std::string codec_name() const;

  /// Packets inside the sound that could not be decoded so far and were left out, as a player does.
  /// Worth a warning when not 0. Damage at the end, or in much of the file, is an Error instead.
  std::size_t damaged_packets() const;

 private:
  class Impl;
  explicit AudioStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tessera::whisper
