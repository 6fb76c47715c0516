// The oracle: plain loops in float64, rounded once.
#include <algorithm>
#include <cmath>

#include "src/compute/dtype.h"
#include "src/compute/kernels/bf16_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* softmax_bf16_scalar(const SoftmaxBf16Params& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const std::uint16_t* in = p.in + static_cast<std::ptrdiff_t>(row) * p.columns;
    std::uint16_t* out = p.out + static_cast<std::ptrdiff_t>(row) * p.columns;
    const auto number = [in](int i) { return static_cast<double>(bf16_to_f32(in[i])); };
    double largest = -INFINITY, sum = 0;
    for (int i = 0; i < p.columns; ++i) largest = std::max(largest, number(i));
    for (int i = 0; i < p.columns; ++i) sum += std::exp2(number(i) - largest);
    for (int i = 0; i < p.columns; ++i) {
      out[i] = f32_to_bf16(static_cast<float>(std::exp2(number(i) - largest) / sum));
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
