// The softmax of the kernels that have integers alone, as an NPU's cores: the scale of scores, the
// table of weights, and the rule by which older sums follow a larger maximum.
//
//   score  = round(q.k / 2^score_shift), in 16 bits
//   steps  = round(score * multiplier / 2^step_shift), in 1/32 octave: weights are 2^(-steps / 32)
//   base   = the least multiple of 32 that no score so far is above, so that a larger one scales
//            older sums by a power of two
//   weight = table[base - steps], a byte: 255 at 0, 0 from 288 on
//
// Sums of weights and of weighted values are in 32 bits; the quotient is a product with the integer
// reciprocal of 2^31. Round is to nearest, halves to even, everywhere.
#pragma once

#include <cstdint>

namespace tessera::compute::kernels {

inline constexpr int kStepsPerOctave = 32;
/// What a weight of 255 is 2^-9 of is less than one half.
inline constexpr int kLastWeight = 9 * kStepsPerOctave;
/// Of the table, up to a multiple of the eight that an NPU's table has in a row.
inline constexpr int kWeightEntries = kLastWeight + 8;
/// Below the base of any score: before there was one.
inline constexpr int kNoBase = -16384;
/// From so many octaves on, nothing is left of older sums.
inline constexpr int kForgottenOctaves = 15;
inline constexpr int kReciprocalBits = 31;

struct WeightTable {
  std::uint8_t values[kWeightEntries];
};

/// table[i] = round(255 * 2^(-i / 32)).
constexpr WeightTable make_weight_table() {
  constexpr double kStep = 0.97857206208770013451;  // 2^(-1/32)
  WeightTable table = {};
  double weight = 255;
  for (int i = 0; i < kLastWeight; ++i, weight *= kStep) {
    table.values[i] = static_cast<std::uint8_t>(weight + 0.5);
  }
  return table;
}
inline constexpr WeightTable kWeightTable = make_weight_table();

/// How products of queries and keys become steps.
struct OctaveScale {
  int score_shift = 0;  ///< at most 5: products of 64 int8 pairs have 21 bits
  int multiplier = 0;   ///< of 14 bits
  int step_shift = 0;
};

/// Largest scale: a quarter of a step for a unit of q.k, so that 2^15 scores are 2^13 steps and all
/// differences of them fit 16 bits.
inline constexpr float kMostNatsPerUnit = 0.25f * 0.6931471806f / kStepsPerOctave;

/// The scale for exp(nats_per_unit * q.k): scores of at most an eighth of a step where 16 bits have
/// room for that. Scales from 0 to kMostNatsPerUnit; larger ones are taken for the largest.
OctaveScale octave_scale(float nats_per_unit);

}  // namespace tessera::compute::kernels
