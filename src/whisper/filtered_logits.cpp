#include "src/whisper/filtered_logits.h"

#include <cmath>

#include "src/compute/logits.h"
#include "src/whisper/log_softmax.h"

namespace tessera::whisper {

void FilteredLogits::take(std::span<const float> logits, std::span<const int> sampled) {
  values_.assign(logits.begin(), logits.end());
  for (const auto& filter : filters_) filter->apply(values_, sampled);
  likeliest_ = compute::largest(values_, ids_);
  if (likeliest_.empty()) return;
  normaliser_ = log_sum_exp(values_, values_[static_cast<std::size_t>(likeliest_.front())]);
  if (!std::isfinite(normaliser_)) likeliest_ = {};
}

}  // namespace tessera::whisper
