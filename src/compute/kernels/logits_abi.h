// What a search asks of a row of logits: which are the largest, and how much they weigh together.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::compute::kernels {

/// The `k` largest numbers of a row, largest first, the lower id of equals first. Minus infinity
/// and NaN are never among them, so that there may be fewer.
struct TopKParams {
  static constexpr const char* kOp = "top_k";

  const float* in = nullptr;  ///< (count)
  std::int32_t count = 0;
  std::int32_t k = 0;             ///< at least 1
  std::int32_t* ids = nullptr;    ///< out: (k), the first `found` of which are set
  std::int32_t* found = nullptr;  ///< out
};

/// sum = sum of exp((x - shift) * scale) in float64. Each term is within 1e-13 of itself, besides
/// what the roundings of its exponent change; terms below 2^-1000 and those of NaN count as zero.
struct ExpSumParams {
  static constexpr const char* kOp = "exp_sum";

  const float* in = nullptr;  ///< (count)
  std::ptrdiff_t count = 0;
  double shift = 0;       ///< finite and, lest the sum overflow, about the largest of `in`
  double scale = 1;       ///< positive
  double* sum = nullptr;  ///< out
};

}  // namespace tessera::compute::kernels
