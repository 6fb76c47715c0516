// 6 rows by 16 columns, a third of a panel, in 24 accumulators: per channel of depth 4 loads of B,
// 6 elements of A and 24 fused multiply-adds, which with the operands fill 29 of the 32 registers.
#include <arm_neon.h>

#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/matmul_f32/matmul_f32_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRows = 6;
constexpr int kColumns = 16;
constexpr int kRegisters = kColumns / 4;

// `Rows` rows of A by a third of a panel.
template <int Rows>
__attribute__((noinline)) void multiply(const MatmulF32Params& p, const Block& block) {
  const float* a = block.a;
  const float* b = block.b;
  float edge[Rows][kColumns] = {};  // of C, where it has fewer columns
  const bool is_whole = block.columns >= kColumns;
  for (int i = 0; i < Rows && block.adds && !is_whole; ++i) {
    for (int j = 0; j < block.columns; ++j) edge[i][j] = block.c[i * p.c_stride + j];
  }
  float32x4_t sums[Rows][kRegisters];
#pragma GCC unroll 6
  for (int i = 0; i < Rows; ++i) {
    const float* from = block.adds && is_whole ? block.c + i * p.c_stride : edge[i];
#pragma GCC unroll 4
    for (int j = 0; j < kRegisters; ++j) sums[i][j] = vld1q_f32(from + j * 4);
  }
#pragma GCC unroll 1
  for (int depth = 0; depth < block.depths; ++depth) {
    float32x4_t line[kRegisters];
#pragma GCC unroll 4
    for (int j = 0; j < kRegisters; ++j) line[j] = vld1q_f32(b + j * 4);
#pragma GCC unroll 6
    for (int i = 0; i < Rows; ++i) {
      const float value = a[i * p.a_stride + depth];
#pragma GCC unroll 4
      for (int j = 0; j < kRegisters; ++j) sums[i][j] = vfmaq_n_f32(sums[i][j], line[j], value);
    }
    b += kPanelColumns;
  }
#pragma GCC unroll 6
  for (int i = 0; i < Rows; ++i) {
    float* to = is_whole ? block.c + i * p.c_stride : edge[i];
#pragma GCC unroll 4
    for (int j = 0; j < kRegisters; ++j) vst1q_f32(to + j * 4, sums[i][j]);
  }
  for (int i = 0; i < Rows && !is_whole; ++i) {
    for (int j = 0; j < block.columns; ++j) block.c[i * p.c_stride + j] = edge[i][j];
  }
}

using Multiply = void (*)(const MatmulF32Params&, const Block&);
constexpr Multiply kMultiply[] = {nullptr,     multiply<1>, multiply<2>, multiply<3>,
                                  multiply<4>, multiply<5>, multiply<6>};

}  // namespace

const char* matmul_f32_neon(const MatmulF32Params& p) noexcept {
  multiply_parts<kRows, kColumns>(p,
                                  [&](int rows, const Block& block) { kMultiply[rows](p, block); });
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
