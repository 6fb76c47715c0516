// Attention by octave_softmax.h in plain loops, a tile of 64 keys after the other: what the NPU's
// kernels are bit-equal to.
#pragma once

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/tile_attention/octave_softmax.h"

namespace tessera::compute::kernels {

/// round(x / 2^shift), halves to even.
static inline std::int64_t round_to_even(std::int64_t x, int shift) {
  if (shift == 0) return x;
  const std::int64_t half = std::int64_t{1} << (shift - 1);
  return (x + half - 1 + (x >> shift & 1)) >> shift;
}

static inline int clamp_to(std::int64_t x, int lowest, int highest) {
  return static_cast<int>(x < lowest ? lowest : x > highest ? highest : x);
}

/// One query's sums over the keys so far.
struct OctaveRow {
  std::int32_t sums[kTile] = {};  ///< of weighted values
  std::int32_t total = 0;         ///< of weights
  int base = kNoBase;

  /// Makes room for scores up to `steps`.
  void raise(int steps) {
    const int raised = (steps + kStepsPerOctave - 1) & ~(kStepsPerOctave - 1);
    if (raised <= base) return;
    const int octaves = (raised - base) / kStepsPerOctave;
    base = raised;
    total = scaled(total, octaves);
    for (std::int32_t& sum : sums) sum = scaled(sum, octaves);
  }

  /// Of `keys` keys of (64, 64) matrices; `query` has 64 numbers.
  void add(const std::int8_t* query, const std::int8_t* k, const std::int8_t* v, int keys,
           const OctaveScale& scale) {
    int steps[kTile], largest = kNoBase;
    for (int key = 0; key < keys; ++key) {
      std::int32_t sum = 0;
      for (int d = 0; d < kTile; ++d) sum += query[d] * k[key * kTile + d];
      const int score = clamp_to(round_to_even(sum, scale.score_shift), -32768, 32767);
      steps[key] = static_cast<int>(
          round_to_even(std::int64_t{score} * scale.multiplier, scale.step_shift));
      largest = steps[key] > largest ? steps[key] : largest;
    }
    raise(largest);
    for (int key = 0; key < keys; ++key) {
      const int below = base - steps[key];
      const int weight = kWeightTable.values[below < kLastWeight ? below : kLastWeight];
      total += weight;
      for (int d = 0; d < kTile; ++d) sums[d] += weight * v[key * kTile + d];
    }
  }

  /// out (64) = sums / total; 0 where there was no key.
  void finish(std::int8_t* out) const {
    const std::int64_t reciprocal = total == 0 ? 0 : (std::int64_t{1} << kReciprocalBits) / total;
    for (int d = 0; d < kTile; ++d) {
      out[d] = static_cast<std::int8_t>(
          clamp_to(round_to_even(sums[d] * reciprocal, kReciprocalBits), -128, 127));
    }
  }

 private:
  static std::int32_t scaled(std::int32_t x, int octaves) {
    return octaves < kForgottenOctaves ? static_cast<std::int32_t>(round_to_even(x, octaves)) : 0;
  }
};

}  // namespace tessera::compute::kernels
