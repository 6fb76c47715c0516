#include "src/whisper/log_softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tessera::whisper {

double log_sum_exp(std::span<const float> values) {
  constexpr double kNothing = -std::numeric_limits<double>::infinity();
  if (values.empty()) return kNothing;
  const float maximum = *std::max_element(values.begin(), values.end());
  if (std::isinf(maximum) && maximum < 0) return kNothing;
  double sum = 0;
  for (const float value : values) {
    // Below -40 a term is under 2^-57 of the sum and cannot change it.
    const float distance = value - maximum;
    if (distance > -40.0f) sum += std::exp(static_cast<double>(distance));
  }
  return maximum + std::log(sum);
}

}  // namespace tessera::whisper
