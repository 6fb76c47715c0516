// How far int8 results are from those of a reference.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace tessera::bench {

struct Accuracy {
  double correlation = 0;  ///< Pearson's
  double mean_error = 0;   ///< mean of the absolute differences
  double rms_error = 0;    ///< root of the mean of their squares
  double max_error = 0;
  double share_within_5 = 0;  ///< of the values, at most 5 steps away
};

/// Of two lists of the same length. Correlation is 0 where one of them is constant.
Accuracy compare(std::span<const std::int8_t> values, std::span<const double> reference);

/// Of several lists of one length: the lowest correlation, the largest error, and the others over
/// all lists.
Accuracy worst_of(std::span<const Accuracy> parts);

/// What the plan that began the project demands of its tiles: at most 1 step from the reference in
/// int8, correlation above 0.99. (And no NaN, which int8 cannot hold.)
bool meets_demand(std::span<const std::int8_t> values, std::span<const double> reference);

/// What a variant of attention is judged by on one kind of tiles, beside its accuracy.
struct TileVerdict {
  int tiles = 0;
  /// Softmax weight of each query's best key, the mean over queries. Where it is nearly 1, all that
  /// is tested is whether rows of v are copied.
  double best_weight = 0;
  bool equals_scalar = false;           ///< byte for byte
  bool meets_demand = false;            ///< on every tile
  std::optional<Accuracy> unquantised;  ///< against attention before its operands became int8
  std::optional<int> scale_shift;       ///< that a historic variant ran with
};

}  // namespace tessera::bench
