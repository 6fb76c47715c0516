// Random choices of tokens that depend on nothing but where they are made.
#pragma once

#include <cstdint>
#include <span>

namespace tessera::whisper {

/// The uniform draws of one try to decode one window. Counter-based: a draw is a hash of the seed,
/// the window's position, the try, the sample and the step, so it is the same in whatever order or
/// batches windows and samples are computed.
///
/// With mix(x) one step of SplitMix64 (Steele, Lea and Flood 2014) from state x:
/// h = mix(seed); for each of window, attempt, sample, step: h = mix(h ^ it); the draw is the upper
/// 53 bits of h, times 2^-53.
class Sampler {
 public:
  /// `seek_frames`: where the window begins, in frames of 10 ms; `attempt`: index of the
  /// temperature.
  Sampler(std::uint64_t seed, int seek_frames, int attempt);

  /// In [0, 1). `sample`: which of the hypotheses side by side; `step`: tokens it has so far.
  double uniform(int sample, int step) const;

 private:
  std::uint64_t state_;
};

/// Draws from softmax(logits / temperature) by its cumulative sum in the order of the ids: the
/// first id at which the sum exceeds `uniform` times the total. Sums are float64. At least one
/// logit is finite, else the result is 0.
int sample_token(std::span<const float> logits, double temperature, double uniform);

}  // namespace tessera::whisper
