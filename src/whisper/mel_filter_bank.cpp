#include <algorithm>
#include <cmath>
#include <string>

#include "src/whisper/mel.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

// The mel scale is linear below 1000 Hz (15 mel) and logarithmic above.
constexpr double kHzPerMel = 200.0 / 3.0;
constexpr double kBreakHz = 1000.0;
constexpr double kBreakMel = kBreakHz / kHzPerMel;
constexpr double kHighestHz = 8000.0;
constexpr double kHzPerBin = 2.0 * kHighestHz / kWindowSamples;

double log_step() { return std::log(6.4) / 27.0; }

double hz_to_mel(double hz) {
  return hz < kBreakHz ? hz / kHzPerMel : kBreakMel + std::log(hz / kBreakHz) / log_step();
}

double mel_to_hz(double mel) {
  return mel < kBreakMel ? mel * kHzPerMel : kBreakHz * std::exp(log_step() * (mel - kBreakMel));
}

}  // namespace

std::vector<float> mel_filter_bank(int n_mels) {
  if (n_mels < 1) {
    throw Error(ErrorCode::bad_argument,
                "mel filter bank: expected at least 1 band, got " + std::to_string(n_mels));
  }
  std::vector<double> edges_hz(n_mels + 2);
  const double highest_mel = hz_to_mel(kHighestHz);
  for (int i = 0; i < n_mels + 1; ++i) edges_hz[i] = mel_to_hz(highest_mel / (n_mels + 1) * i);
  edges_hz[n_mels + 1] = kHighestHz;

  std::vector<float> bank(static_cast<std::size_t>(n_mels) * kSpectrumBins);
  for (int band = 0; band < n_mels; ++band) {
    const double low = edges_hz[band], peak = edges_hz[band + 1], high = edges_hz[band + 2];
    for (int bin = 0; bin < kSpectrumBins; ++bin) {
      const double hz = kHzPerBin * bin;
      const double triangle = std::min((hz - low) / (peak - low), (high - hz) / (high - peak));
      // librosa rounds the triangle before it is scaled; so the last bits agree as well.
      const double rounded = static_cast<float>(std::max(0.0, triangle));
      bank[static_cast<std::size_t>(band) * kSpectrumBins + bin] =
          static_cast<float>(rounded * (2.0 / (high - low)));
    }
  }
  return bank;
}

}  // namespace tessera::whisper
