#include "src/whisper/log_softmax.h"

#include <cmath>
#include <limits>

#include "src/compute/logits.h"

namespace tessera::whisper {

double log_sum_exp(std::span<const float> values, float largest) {
  return largest + std::log(compute::exp_sum(values, largest));
}

double log_sum_exp(std::span<const float> values) {
  int id = 0;
  if (compute::largest(values, {&id, 1}).empty()) return -std::numeric_limits<double>::infinity();
  return log_sum_exp(values, values[static_cast<std::size_t>(id)]);
}

}  // namespace tessera::whisper
