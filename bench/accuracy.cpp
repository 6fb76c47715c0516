#include "bench/accuracy.h"

#include <algorithm>
#include <cmath>

namespace tessera::bench {

Accuracy compare(std::span<const std::int8_t> values, std::span<const double> reference) {
  const auto n = static_cast<double>(values.size());
  double mean_a = 0, mean_b = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    mean_a += values[i] / n;
    mean_b += reference[i] / n;
  }
  double squares_a = 0, squares_b = 0, products = 0, error = 0, squared_error = 0, within = 0;
  Accuracy result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double a = values[i] - mean_a, b = reference[i] - mean_b;
    squares_a += a * a;
    squares_b += b * b;
    products += a * b;
    const double difference = std::abs(values[i] - reference[i]);
    error += difference;
    squared_error += difference * difference;
    within += difference <= 5;
    result.max_error = std::max(result.max_error, difference);
  }
  const double size = std::sqrt(squares_a * squares_b);
  result.correlation = size > 0 ? products / size : 0;
  result.mean_error = error / n;
  result.rms_error = std::sqrt(squared_error / n);
  result.share_within_5 = within / n;
  return result;
}

Accuracy worst_of(std::span<const Accuracy> parts) {
  const auto n = static_cast<double>(parts.size());
  Accuracy result;
  result.correlation = 1;
  double mean_square = 0;
  for (const Accuracy& part : parts) {
    result.correlation = std::min(result.correlation, part.correlation);
    result.max_error = std::max(result.max_error, part.max_error);
    result.mean_error += part.mean_error / n;
    result.share_within_5 += part.share_within_5 / n;
    mean_square += part.rms_error * part.rms_error / n;
  }
  result.rms_error = std::sqrt(mean_square);
  return result;
}

bool meets_demand(std::span<const std::int8_t> values, std::span<const double> reference) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::abs(values[i] - std::lrint(reference[i])) > 1) return false;
  }
  return compare(values, reference).correlation > 0.99;
}

}  // namespace tessera::bench
