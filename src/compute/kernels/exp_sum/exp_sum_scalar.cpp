// The oracle: plain loops with the C library's exp.
#include <math.h>

#include "src/compute/kernels/exp_sum/exp_sum_inl.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/logits_abi.h"

namespace tessera::compute::kernels {

const char* exp_sum_scalar(const ExpSumParams& p) noexcept {
  constexpr double kLeast = kLeastExponent / kLog2EDouble;
  double sum = 0;
  for (std::ptrdiff_t i = 0; i < p.count; ++i) {
    const double x = (static_cast<double>(p.in[i]) - p.shift) * p.scale;
    if (x > kLeast) sum += exp(x);
  }
  *p.sum = sum;
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
