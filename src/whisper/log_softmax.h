// Sums of exponentials over logits, in float64 and safe from overflow.
#pragma once

#include <span>

namespace tessera::whisper {

/// log(sum(exp(x))); minus infinity when every x is, or when there is none.
double log_sum_exp(std::span<const float> values);

/// The same where the largest of them is known already, which is finite.
double log_sum_exp(std::span<const float> values, float largest);

}  // namespace tessera::whisper
