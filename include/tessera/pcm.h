// Raw samples of any rate, as microphones and pipes give them, as the samples that models listen
// to.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tessera/error.h"

namespace tessera {

/// How raw samples lie in bytes: little-endian, those of all channels together.
struct PcmFormat {
  enum class Sample { s16, f32 };
  Sample sample = Sample::s16;
  int rate_hz = 16000;  ///< 1000 to 192000
  int channels = 1;     ///< 1 to 16; they are mixed
};

/// Raw sound that comes in pieces of any length, to mono samples at 16 kHz in [-1, 1).
class TESSERA_API PcmConverter {
 public:
  /// `name` stands for the sound in messages. Throws Error{bad_argument} for a format out of range.
  explicit PcmConverter(const PcmFormat& format, const std::string& name = "PCM");
  ~PcmConverter();
  PcmConverter(PcmConverter&& other) noexcept;
  PcmConverter& operator=(PcmConverter&& other) noexcept;

  /// The samples of these bytes, as far as the resampler gives them. Throws Error{bad_file} for a
  /// sample that is no number or far out of range.
  std::vector<float> convert(std::span<const std::byte> bytes);

  /// What is left at the end. Throws Error{bad_file} when the last sample is not complete.
  std::vector<float> finish();

 private:
  struct TESSERA_LOCAL Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tessera
