// The log-mel operation: Whisper's front end, from samples to the logarithm of mel powers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::compute::kernels {

/// Whisper's frames at 16 kHz: 25 ms long, 10 ms apart.
inline constexpr int kMelFrameSamples = 400;
inline constexpr int kMelHopSamples = 160;
/// Frequencies of a frame's Fourier transform, 40 Hz apart.
inline constexpr int kMelBins = kMelFrameSamples / 2 + 1;
/// The least power that is told from none, and its logarithm.
inline constexpr float kMelLeastPower = 1e-10f;
inline constexpr float kMelSilence = -10.0f;
/// Where powers are too large for float32 (of samples beyond 2^50, say, instead of nominally 1), a
/// kernel in float32 gives something that is not below this, log10 of 2^127.
inline constexpr float kMelOverflow = 38.2f;

/// A row of the mel filter bank without its zeros.
struct MelBand {
  std::int32_t first_bin;
  std::int32_t bins;          ///< even; weights of 0 make it so
  std::int32_t first_weight;  ///< in LogMelParams::weights
};

/// Bytes of scratch memory of the log_mel kernels, 64-byte aligned.
inline constexpr std::size_t kLogMelScratchBytes = std::size_t{64} << 10;

/// out = log10(max(sum over a band's bins of weight * |X|^2, 1e-10)) of each frame, where X is the
/// Fourier transform of the frame times the window, the product rounded to float32. Exactly
/// kMelSilence where the power is not above 1e-10.
struct LogMelParams {
  static constexpr const char* kOp = "log_mel";

  /// ((frames - 1) * 160 + 400), finite: frame t is 400 samples from t * 160 on.
  const float* samples = nullptr;
  int frames = 0;                  ///< at least 1
  const float* window = nullptr;   ///< (400)
  const MelBand* bands = nullptr;  ///< (n_bands)
  const float* weights = nullptr;  ///< of all bands, none negative
  int n_bands = 0;
  float* out = nullptr;  ///< (n_bands, frames), rows out_stride apart
  std::ptrdiff_t out_stride = 0;
  float* largest = nullptr;      ///< out: the largest of `out`, kMelSilence where there is none
  std::byte* scratch = nullptr;  ///< kLogMelScratchBytes
};

}  // namespace tessera::compute::kernels
