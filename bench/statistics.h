// Order statistics of repeated measurements.
#pragma once

#include <cstddef>
#include <vector>

namespace tessera::bench {

struct Summary {
  double median = 0, mean = 0, std = 0, p90 = 0, p95 = 0, p99 = 0, min = 0, max = 0;
  std::size_t n = 0;
};

/// Of at least one value. A percentile is the smallest value that at least that share of the values
/// does not exceed (nearest rank); the median of an even number is the mean of the middle two. The
/// standard deviation is that of a sample, 0 for one value.
Summary summarise(std::vector<double> values);

}  // namespace tessera::bench
