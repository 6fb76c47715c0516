#include "src/whisper/sampler.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tessera::whisper {
namespace {

std::uint64_t mix(std::uint64_t state) {
  std::uint64_t z = state + 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

}  // namespace

Sampler::Sampler(std::uint64_t seed, int seek_frames, int attempt)
    : state_(mix(mix(mix(seed) ^ static_cast<std::uint64_t>(seek_frames)) ^
                 static_cast<std::uint64_t>(attempt))) {}

double Sampler::uniform(int sample, int step) const {
  const std::uint64_t hash =
      mix(mix(state_ ^ static_cast<std::uint64_t>(sample)) ^ static_cast<std::uint64_t>(step));
  return static_cast<double>(hash >> 11) * 0x1p-53;
}

int sample_token(std::span<const float> logits, double temperature, double uniform) {
  if (logits.empty()) return 0;
  const float maximum = *std::max_element(logits.begin(), logits.end());
  std::vector<double> weights(logits.size());
  double total = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double distance = static_cast<double>(logits[i]) - static_cast<double>(maximum);
    weights[i] = std::exp(distance / temperature);
    if (weights[i] > 0) total += weights[i];
  }
  const double wanted = uniform * total;
  double sum = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] > 0)) continue;
    sum += weights[i];
    last = i;
    if (sum > wanted) break;
  }
  return static_cast<int>(last);
}

}  // namespace tessera::whisper
