// What a search asks of a row of logits, with the fastest kernels of this machine.
#pragma once

#include <span>

namespace tessera::compute {

/// Writes the ids of the largest numbers of a row to `ids`, as many as fit, largest first, the
/// lower id of equals first; returns those written. Minus infinity and NaN are never among them.
std::span<const int> largest(std::span<const float> row, std::span<int> ids);

/// The sum of exp((x - shift) * scale) in float64, relative error below 1e-12 where that is. Terms
/// below 2^-1000 and those of NaN count as zero. `shift` is finite and, lest the sum overflow,
/// about the largest of the row; `scale` is positive.
double exp_sum(std::span<const float> row, double shift, double scale = 1);

}  // namespace tessera::compute
