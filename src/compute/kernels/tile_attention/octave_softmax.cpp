#include "src/compute/kernels/tile_attention/octave_softmax.h"

#include <algorithm>
#include <cmath>

namespace tessera::compute::kernels {

OctaveScale octave_scale(float nats_per_unit) {
  constexpr int kMultiplierBits = 14, kMostShift = 5, kMostStepShift = 30;
  constexpr double kEighth = 0.125, kLog2E = 1.4426950408889634;
  double steps = std::min(nats_per_unit, kMostNatsPerUnit) * kLog2E * kStepsPerOctave;
  OctaveScale scale;
  if (!(steps > 0)) return scale;
  while (scale.score_shift < kMostShift && 2 * steps <= kEighth) {
    ++scale.score_shift;
    steps *= 2;
  }
  // steps = 2^exponent * (0.5 ... 1), so that the multiplier is below 2^14.
  const int exponent = std::ilogb(steps) + 1;
  scale.step_shift = std::min(kMultiplierBits - exponent, kMostStepShift);
  const long multiplier = std::lrint(std::ldexp(steps, scale.step_shift));
  scale.multiplier = static_cast<int>(std::min(multiplier, (1L << kMultiplierBits) - 1));
  return scale;
}

}  // namespace tessera::compute::kernels
