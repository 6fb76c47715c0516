// 6 rows by 16 columns, a third of a panel, in 24 accumulators: per channel of depth 4 loads of B,
// 6 elements of A and 24 fused multiply-adds, which with the operands fill 29 of the 32 registers.
#include <arm_neon.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRows = 6;
constexpr int kColumns = 16;
constexpr int kRegisters = kColumns / 4;
static_assert(kPanelColumns % kColumns == 0);

// What one call multiplies.
struct Block {
  const float* a;  // its rows, a_stride apart
  const float* b;  // its part of a panel
  float* c;        // its rows, c_stride apart
  int columns;     // that there are in C from here on
  int depths;
  bool adds;  // to what is in C
};

constexpr int smaller(int a, int b) { return a < b ? a : b; }

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
  constexpr int kBlockDepth = 192;  // a panel's part of it is 36 KB, for the first-level cache
  constexpr int kBlockRows = 192;   // its part of A is 144 KB, for the second-level cache
  static_assert(kBlockRows % kRows == 0);
  const std::ptrdiff_t panel_size = static_cast<std::ptrdiff_t>(p.k) * kPanelColumns;
  for (int depth = 0; depth < p.k; depth += kBlockDepth) {
    for (int first = 0; first < p.m; first += kBlockRows) {
      const int last = smaller(first + kBlockRows, p.m);
      for (int column = 0; column < p.n; column += kColumns) {
        Block block;
        block.b = p.b + column / kPanelColumns * panel_size + column % kPanelColumns +
                  depth * kPanelColumns;
        block.columns = p.n - column;
        block.depths = smaller(kBlockDepth, p.k - depth);
        block.adds = depth > 0;
        for (int row = first; row < last; row += kRows) {
          block.a = p.a + row * p.a_stride + depth;
          block.c = p.c + row * p.c_stride + column;
          kMultiply[smaller(kRows, last - row)](p, block);
        }
      }
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
