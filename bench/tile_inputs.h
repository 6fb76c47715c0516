// Operands of attention over one tile, in int8 and before they become int8.
#pragma once

#include <cstdint>
#include <vector>

#include "src/compute/kernels/kernel_abi.h"

namespace tessera::bench {

/// Attention in float64.
struct Attended {
  std::vector<double> out;          ///< (64 queries, 64), in units of v
  double mean_of_best_weights = 0;  ///< softmax weight of each query's best key: 1/64 to 1
};

struct TileInputs {
  std::vector<std::int8_t> q, k, v;     ///< (64, 64) each
  float score_scale = 0;                ///< steps of exp_table per unit of q.k
  double steps_per_nat = 0;             ///< of exp_table
  std::vector<std::uint8_t> exp_table;  ///< (256)

  /// softmax(q k^T) v, with the scores as they are.
  Attended attended() const;
  /// Its `out`.
  std::vector<double> reference() const { return attended().out; }

  /// What a variant needs but out, scratch and scale_shift. Points into this object.
  compute::kernels::TileAttentionParams params() const;
};

/// Gaussian queries, keys and values; scores of a standard deviation of about 1.5 nats.
TileInputs made_up_tile();

/// What the plan's author tested with: uniform bytes from -64 to 63 of NumPy's RandomState(42),
/// scores divided by 8. softmax chooses a single key nearly everywhere, so that such a test proves
/// little.
TileInputs uniform_random_tile();

/// Operands as a model has them; a score is q.k / sqrt(64) nats.
struct RealTile {
  std::vector<double> q, k, v;  ///< (64, 64) each

  Attended attended() const;

  /// Each operand, and the scores too, with one scale, by which its largest size becomes 127.
  TileInputs quantised() const;
  /// Of v, and so of the output: what one step of int8 is worth.
  double value_step() const;
};

}  // namespace tessera::bench
