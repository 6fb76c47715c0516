// Three passes over a row, which is in the first-level cache after the first: the maximum; exp,
// stored, and its sum; the product with the sum's reciprocal.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/softmax/softmax_avx512_inl.h"

namespace tessera::compute::kernels {

const char* softmax_avx512(const SoftmaxParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    const float* in = p.in + row * p.in_stride;
    float* out = p.out + row * p.out_stride;
    const float largest = largest_of(in, p.columns);
    scale_row(out, p.columns, 1 / exp_and_sum(in, out, p.columns, largest));
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
