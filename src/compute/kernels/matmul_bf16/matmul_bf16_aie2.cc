// Products of bfloat16 with float32 sums, for an AIE2 core. C stays in memory between parts of k.
#include "src/compute/kernels/aie2_bf16_inl.h"
#include "src/compute/kernels/bf16_kernels_aie2.h"
#include "src/compute/kernels/matmul_bf16/matmul_bf16_inl.h"

extern "C" {

using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)

void matmul_bf16_begin(float* c, int32_t m, int32_t n) {
  using matmul::kBlock;
  set_modes();
  const auto zero = aie::zeros<float, kBlock>();
  AIE2_LOOP(block, m * n / kBlock, 16, "zero", none) { aie::store_v(c + block * kBlock, zero); }
}

void matmul_bf16_add(const bfloat16* a, const bfloat16* b, float* c, int32_t m, int32_t k,
                     int32_t n) {
  set_modes();
  matmul::add_products(a, b, c, m, k, n);
}

void matmul_bf16_end(const float* c, const bfloat16* bias, bfloat16* out, int32_t m, int32_t n) {
  using matmul::kBlock;
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
