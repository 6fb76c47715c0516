#include "bench/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tessera::bench {
namespace {

double nearest_rank(const std::vector<double>& sorted, double share) {
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

}  // namespace

Summary summarise(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  Summary summary;
  summary.n = n;
  summary.min = values.front();
  summary.max = values.back();
  summary.median = (values[(n - 1) / 2] + values[n / 2]) / 2;
  summary.p90 = nearest_rank(values, 0.90);
  summary.p95 = nearest_rank(values, 0.95);
  summary.p99 = nearest_rank(values, 0.99);
  summary.mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(n);
  double squares = 0;
  for (const double value : values) squares += (value - summary.mean) * (value - summary.mean);
  summary.std = n > 1 ? std::sqrt(squares / static_cast<double>(n - 1)) : 0.0;
  return summary;
}

}  // namespace tessera::bench
