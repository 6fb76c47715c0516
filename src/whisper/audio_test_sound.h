// Sounds and sound files for the tests of audio input, written by hand.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/whisper/audio.h"

namespace tessera::whisper::audio_test {

using Bytes = std::vector<std::byte>;

struct WavHeader {
  int channels = 1;
  std::uint32_t rate_hz = 16000;
  int bits = 16;
  int format = 1;                                          ///< 1 PCM, 3 IEEE float
  std::optional<std::uint32_t> data_bytes = std::nullopt;  ///< other than the truth
};

inline void append_raw(Bytes& bytes, const void* data, std::size_t size) {
  const std::size_t before = bytes.size();
  bytes.resize(before + size);
  std::memcpy(bytes.data() + before, data, size);
}

template <typename T>
void append(Bytes& bytes, T value) {
  append_raw(bytes, &value, sizeof(T));
}

inline void append_tag(Bytes& bytes, const std::string& tag) {
  append_raw(bytes, tag.data(), tag.size());
}

/// A RIFF WAVE file of interleaved little-endian samples.
template <typename T>
Bytes make_wav(const WavHeader& header, const std::vector<T>& samples) {
  const auto size = static_cast<std::uint32_t>(samples.size() * sizeof(T));
  const auto frame_bytes = static_cast<std::uint32_t>(header.channels * header.bits / 8);
  Bytes wav;
  append_tag(wav, "RIFF");
  append(wav, 36 + size);
  append_tag(wav, "WAVEfmt ");
  append(wav, std::uint32_t{16});
  append(wav, static_cast<std::uint16_t>(header.format));
  append(wav, static_cast<std::uint16_t>(header.channels));
  append(wav, header.rate_hz);
  append(wav, header.rate_hz * frame_bytes);
  append(wav, static_cast<std::uint16_t>(frame_bytes));
  append(wav, static_cast<std::uint16_t>(header.bits));
  append_tag(wav, "data");
  append(wav, header.data_bytes.value_or(size));
  for (const T sample : samples) append(wav, sample);
  return wav;
}

/// A sine in 16 bits.
inline std::vector<std::int16_t> tone(double frequency_hz, double amplitude, int rate_hz,
                                      double seconds) {
  std::vector<std::int16_t> samples(static_cast<std::size_t>(std::lround(rate_hz * seconds)));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double phase = 2 * std::numbers::pi * frequency_hz * static_cast<double>(i) / rate_hz;
    samples[i] = static_cast<std::int16_t>(std::lround(32767 * amplitude * std::sin(phase)));
  }
  return samples;
}

/// Amplitude of one frequency in the middle half of 16 kHz samples, by correlation.
inline double amplitude_of(double frequency_hz, std::span<const float> samples) {
  double in_phase = 0;
  double quadrature = 0;
  const auto middle = samples.subspan(samples.size() / 4, samples.size() / 2);
  for (std::size_t i = 0; i < middle.size(); ++i) {
    const double phase =
        2 * std::numbers::pi * frequency_hz * static_cast<double>(i) / kSampleRateHz;
    in_phase += middle[i] * std::cos(phase);
    quadrature += middle[i] * std::sin(phase);
  }
  return 2 * std::hypot(in_phase, quadrature) / static_cast<double>(middle.size());
}

inline std::vector<float> read_all(AudioStream stream, std::size_t chunk = 4096) {
  std::vector<float> samples;
  std::vector<float> buffer(chunk);
  for (;;) {
    const std::size_t count = stream.read(buffer);
    if (count == 0) return samples;
    samples.insert(samples.end(), buffer.begin(),
                   buffer.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

inline std::vector<float> read_all(const Bytes& file, const AudioOptions& options = {}) {
  return read_all(AudioStream::open_memory(file, "test.wav", options));
}

inline std::string sample_path(const std::string& name) {
  return std::string(TESSERA_SOURCE_DIR) + "/tests/data/" + name;
}

inline Bytes load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> chars{std::istreambuf_iterator<char>(file), {}};
  Bytes bytes(chars.size());
  std::memcpy(bytes.data(), chars.data(), chars.size());
  return bytes;
}

/// A file of one test, gone with it.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& name, const Bytes& bytes)
      : path_(std::filesystem::temp_directory_path() /
              ("tessera_" + std::to_string(::getpid()) + "_" + name)) {
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// The standard input, replaced by a pipe that holds `bytes`.
class PipedInput {
 public:
  explicit PipedInput(std::span<const std::byte> bytes) : saved_(::dup(STDIN_FILENO)) {
    int ends[2] = {};
    ok_ =
        saved_ >= 0 && ::pipe(ends) == 0 && ::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) >= 0 &&
        ::write(ends[1], bytes.data(), bytes.size()) == static_cast<std::ptrdiff_t>(bytes.size()) &&
        ::dup2(ends[0], STDIN_FILENO) >= 0;
    ::close(ends[0]);
    ::close(ends[1]);
  }
  ~PipedInput() {
    ::dup2(saved_, STDIN_FILENO);
    ::close(saved_);
  }
  PipedInput(const PipedInput&) = delete;
  PipedInput& operator=(const PipedInput&) = delete;

  bool ok() const { return ok_; }

 private:
  int saved_;
  bool ok_ = false;
};

}  // namespace tessera::whisper::audio_test
