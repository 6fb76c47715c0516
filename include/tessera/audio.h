// Sound files as samples, for whoever wants them without a transcript.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "tessera/error.h"

namespace tessera {

/// A sound file, or the sound of a video, as every Whisper model listens to it: 16,000 samples a
/// second, of one channel. They are those that the reference gets from `ffmpeg -i FILE -f s16le -ac
/// 1 -ar 16000 -`. Memory does not grow with the length of the sound.
class TESSERA_API AudioReader {
 public:
  static constexpr int kSampleRateHz = 16000;

  /// Opens a file; "-" is standard input. `channel`: from 0, or -1 to mix all to one. Throws
  /// Error{bad_file} when it is not sound that can be decoded, Error{unsupported} for a container
  /// or codec that is not read, Error{bad_argument} when there is no such channel.
  explicit AudioReader(const std::string& path, int channel = -1);
  ~AudioReader();
  AudioReader(AudioReader&& other) noexcept;
  AudioReader& operator=(AudioReader&& other) noexcept;

  /// Writes up to out.size() samples, each a multiple of 1/32768 in [-1, 1), and returns how many:
  /// fewer than asked for at the end alone. Throws as the constructor does; that a file is
  /// truncated may be known at its end only.
  std::size_t read(std::span<float> out);

  /// The length that the file claims or its size suggests; 0 when neither is known.
  double duration_s() const;

 private:
  struct TESSERA_LOCAL Impl;
  std::unique_ptr<Impl> impl_;
};

/// Number of channels of a recording, for callers that transcribe each on its own.
TESSERA_API int channel_count(const std::string& path);
/// The same of an encoded file that lies in memory. `name` stands for it in messages.
TESSERA_API int channel_count(std::span<const std::byte> file, const std::string& name);

}  // namespace tessera
