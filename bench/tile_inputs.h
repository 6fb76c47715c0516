// Operands of attention over one tile, made up so that they look like a model's.
#pragma once

#include <cstdint>
#include <vector>

namespace tessera::bench {

struct TileInputs {
  std::vector<std::int8_t> q, k, v;     ///< (64, 64) each
  float score_scale = 0;                ///< steps of exp_table per unit of q.k
  double steps_per_nat = 0;             ///< of exp_table
  std::vector<std::uint8_t> exp_table;  ///< (256)

  /// softmax(q k^T) v in float64, with the scores as they are. (64, 64)
  std::vector<double> reference() const;
};

/// Gaussian queries, keys and values; scores of a standard deviation of about 1.5 nats.
TileInputs made_up_tile();

/// What the plan's author tested with: uniform bytes from -64 to 63 of NumPy's RandomState(42),
/// scores divided by 8. softmax chooses a single key nearly everywhere, so that such a test proves
/// little.
TileInputs uniform_random_tile();

}  // namespace tessera::bench
