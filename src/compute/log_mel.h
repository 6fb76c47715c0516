// From samples to the logarithm of mel powers, with the fastest kernel of this machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tessera::compute {

namespace kernels {
struct Kernel;
struct MelBand;
}  // namespace kernels

/// The log-mel of frames of 400 samples, 160 apart.
///
/// In float32, a frame in each vector lane. Its error is relative to the loudest of a frame: some
/// 1e-7 of its amplitude, as in any float32 transform. Where powers are too large for float32,
/// those frames are computed again in float64.
class LogMelFrames {
 public:
  static constexpr int kFrameSamples = 400, kHopSamples = 160, kBins = kFrameSamples / 2 + 1;
  /// log10 of the least power that is told from none, 1e-10.
  static constexpr float kSilence = -10.0f;

  /// `window` is (400); `filter_bank` (bands, 201), of which only what lies between the first and
  /// the last weight of a band that is not 0 is used. Throws Error{bad_argument} when a size is
  /// wrong. `isa` is the highest instruction set that may run; "" takes $TESSERA_ISA, or all that
  /// the machine has. Throws Error{unsupported} where it lacks that one.
  LogMelFrames(std::span<const float> window, std::span<const float> filter_bank,
               std::string_view isa = "");
  ~LogMelFrames();
  LogMelFrames(LogMelFrames&& other) noexcept;
  LogMelFrames& operator=(LogMelFrames&& other) noexcept;

  /// Writes log10(max(power, 1e-10)) of each band and frame to `out`, (bands, frames), rows
  /// `out_stride` apart; returns the largest. `samples` are (frames - 1) * 160 + 400, all finite.
  float compute(std::span<const float> samples, float* out, std::ptrdiff_t out_stride);

  /// The kernel that ran last, before that the one that is meant to: "avx512".
  const char* variant() const { return variant_; }

 private:
  struct Scratch;

  const kernels::Kernel* kernel_;
  const kernels::Kernel* wide_;  // for powers of any size
  const char* variant_;
  std::vector<float> window_, weights_;
  std::vector<kernels::MelBand> bands_;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace tessera::compute
