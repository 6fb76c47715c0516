// How far int8 results are from those of a reference.
#pragma once

#include <cstdint>
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

}  // namespace tessera::bench
