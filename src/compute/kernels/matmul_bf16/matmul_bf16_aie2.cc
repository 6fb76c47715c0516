// Products of bfloat16 with float32 sums, for an AIE2 core: 16 x 16 numbers of C at a time in
// sixteen accumulators, as in arXiv 2512.13282 and mlir-aie's mm.cc. C stays in memory between
// parts of k.
#include "src/compute/kernels/aie2_bf16_inl.h"
#include "src/compute/kernels/bf16_kernels_aie2.h"

namespace tessera::compute::kernels::aie2 {
namespace {

constexpr int kBlock = 16, kOperand = 32;

// One 16 x 16 part. `a` and `b` are its first operands; `columns` blocks of 4 make a row of b and
// c.
void add_part(const bfloat16* __restrict a, const bfloat16* __restrict b, float* __restrict c,
              int steps, int columns) {
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

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" {

using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)

void matmul_bf16_begin(float* c, int32_t m, int32_t n) {
  set_modes();
  const auto zero = aie::zeros<float, kBlock>();
  AIE2_LOOP(block, m * n / kBlock, 16, "zero", none) { aie::store_v(c + block * kBlock, zero); }
}

void matmul_bf16_add(const bfloat16* a, const bfloat16* b, float* c, int32_t m, int32_t k,
                     int32_t n) {
  set_modes();
  const int steps = k / 8, columns = n / 4;
  for (int row = 0; row < m / 4; row += 4) {
    for (int column = 0; column < columns; column += 4) {
      add_part(a + row * steps * kOperand, b + column * kOperand,
               c + (row * columns + column) * kBlock, steps, columns);
    }
  }
}

void matmul_bf16_end(const float* c, const bfloat16* bias, bfloat16* out, int32_t m, int32_t n) {
  set_modes();
  const int columns = n / 4;
  for (int row = 0; row < m / 4; ++row) {
    AIE2_LOOP(column, columns, 4, "bias", none) {
      const int block = (row * columns + column) * kBlock;
      const Sums sum = aie::add(Sums(aie::load_v<kBlock>(c + block)),
                                Sums(aie::load_v<kBlock>(bias + column * kBlock)));
      aie::store_v(out + block, sum.to_vector<bfloat16>());
    }
  }
}
}
