// A product of bfloat16 with float32 sums, for an AIE2 core: 16 x 16 numbers of C at a time in
// sixteen accumulators, as in arXiv 2512.13282 and mlir-aie's mm.cc.
#pragma once

#include "src/compute/kernels/aie2_bf16_inl.h"

namespace tessera::compute::kernels::aie2 {
namespace matmul {

constexpr int kBlock = 16, kOperand = 32;

// One 16 x 16 part. `a` and `b` are its first operands; `columns` blocks of 4 make a row of b and
// c.
inline void add_part(const bfloat16* __restrict a, const bfloat16* __restrict b,
                     float* __restrict c, int steps, int columns) {
  Block sums[4][4];
  AIE2_UNROLL
  for (int i = 0; i < 4; ++i) {
    AIE2_UNROLL
    for (int j = 0; j < 4; ++j)
      sums[i][j] = Block(Sums(aie::load_v<kBlock>(c + (i * columns + j) * kBlock)));
  }
  AIE2_LOOP(step, steps, 4, "products", float_sum) {
    aie::vector<bfloat16, kOperand> left[4], right[4];
    AIE2_UNROLL
    for (int i = 0; i < 4; ++i) {
      left[i] = aie::load_v<kOperand>(a + (i * steps + step) * kOperand);
      right[i] = aie::load_v<kOperand>(b + (step * columns + i) * kOperand);
    }
    AIE2_UNROLL
    for (int i = 0; i < 4; ++i) {
      AIE2_UNROLL
      for (int j = 0; j < 4; ++j) sums[i][j].mac(left[i], right[j]);
    }
  }
  AIE2_UNROLL
  for (int i = 0; i < 4; ++i) {
    AIE2_UNROLL
    for (int j = 0; j < 4; ++j) {
      aie::store_v(c + (i * columns + j) * kBlock, sums[i][j].to_vector<float>());
    }
  }
}

// c (m/4, n/4, 4, 4) += a (m/4, k/8, 4, 8) b (k/8, n/4, 8, 4).
inline void add_products(const bfloat16* a, const bfloat16* b, float* c, int m, int k, int n) {
  const int steps = k / 8, columns = n / 4;
  for (int row = 0; row < m / 4; row += 4) {
    for (int column = 0; column < columns; column += 4) {
      add_part(a + row * steps * kOperand, b + column * kOperand,
               c + (row * columns + column) * kBlock, steps, columns);
    }
  }
}

}  // namespace matmul
}  // namespace tessera::compute::kernels::aie2
