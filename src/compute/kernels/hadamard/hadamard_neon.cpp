// Stages of distance 1 and 2 by plain loops, the others 4 numbers at a time. The additions are
// those of hadamard_of_row.
#include <arm_neon.h>

#include "src/compute/kernels/hadamard/hadamard_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

void long_row(float* row, int columns) {
  for (int i = 0; i < columns; i += 4) {
    const float a = row[i] + row[i + 1], b = row[i] - row[i + 1];
    const float c = row[i + 2] + row[i + 3], d = row[i + 2] - row[i + 3];
    row[i] = a + c;
    row[i + 1] = b + d;
    row[i + 2] = a - c;
    row[i + 3] = b - d;
  }
  for (int distance = 4; distance < columns; distance *= 2) {
    for (int block = 0; block < columns; block += 2 * distance) {
      for (int i = block; i < block + distance; i += 4) {
        const float32x4_t a = vld1q_f32(row + i), b = vld1q_f32(row + i + distance);
        vst1q_f32(row + i, vaddq_f32(a, b));
        vst1q_f32(row + i + distance, vsubq_f32(a, b));
      }
    }
  }
  const float factor = hadamard_factor(columns);
  for (int i = 0; i < columns; i += 4) vst1q_f32(row + i, vmulq_n_f32(vld1q_f32(row + i), factor));
}

}  // namespace

const char* hadamard_neon(const HadamardParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    float* data = p.data + row * p.stride;
    if (p.columns < 4) {
      hadamard_of_row(data, p.columns);
    } else {
      long_row(data, p.columns);
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
