// The oracle: two passes in float64 for each query, rounded once.
#include <algorithm>
#include <cmath>

#include "src/compute/dtype.h"
#include "src/compute/kernels/bf16_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* attention_bf16_scalar(const AttentionBf16Params& p) noexcept {
  constexpr int kHead = 64;
  const auto number = [](const std::uint16_t* rows, int row, int i) {
    return static_cast<double>(bf16_to_f32(rows[static_cast<std::ptrdiff_t>(row) * kHead + i]));
  };
  for (int query = 0; query < p.queries; ++query) {
    const auto score = [&](int key) {
      double sum = 0;
      for (int i = 0; i < kHead; ++i) sum += number(p.q, query, i) * number(p.k, key, i);
      return sum;
    };
    double largest = -INFINITY, total = 0, sums[kHead] = {};
    for (int key = 0; key < p.keys; ++key) largest = std::max(largest, score(key));
    for (int key = 0; key < p.keys; ++key) {
      const double weight = std::exp2(score(key) - largest);
      total += weight;
      for (int i = 0; i < kHead; ++i) sums[i] += weight * number(p.v, key, i);
    }
    for (int i = 0; i < kHead; ++i) {
      p.out[static_cast<std::ptrdiff_t>(query) * kHead + i] =
          f32_to_bf16(static_cast<float>(sums[i] / total));
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
