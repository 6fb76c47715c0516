// The oracle: plain loops in float64, rounded once.
#include <cmath>

#include "src/compute/dtype.h"
#include "src/compute/kernels/bf16_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* layer_norm_bf16_scalar(const LayerNormBf16Params& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const std::uint16_t* in = p.in + static_cast<std::ptrdiff_t>(row) * p.columns;
    std::uint16_t* out = p.out + static_cast<std::ptrdiff_t>(row) * p.columns;
    const auto number = [in](int i) { return static_cast<double>(bf16_to_f32(in[i])); };
    double mean = 0, variance = 0;
    for (int i = 0; i < p.columns; ++i) mean += number(i) / p.columns;
    for (int i = 0; i < p.columns; ++i) {
      variance += (number(i) - mean) * (number(i) - mean) / p.columns;
    }
    const double gain = 1 / std::sqrt(variance + static_cast<double>(p.epsilon));
    for (int i = 0; i < p.columns; ++i) {
      out[i] = f32_to_bf16(static_cast<float>((number(i) - mean) * gain));
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
