// The order in which matmul_f32 goes through its matrices: float32 takes four times the memory of
// int8, so that the depth is cut into parts as well.
#pragma once

#include "src/compute/kernels/matmul_blocks_inl.h"

namespace tessera::compute::kernels {
namespace {

/// What one call of a micro-kernel multiplies.
struct Block {
  const float* a;  // its rows, a_stride apart
  const float* b;  // its part of a panel
  float* c;        // its rows, c_stride apart
  int columns;     // that there are in C from here on
  int depths;
  bool adds;  // to what is in C
};

/// Calls multiply(rows, block) for at most `Rows` rows by `Columns` columns at a time.
template <int Rows, int Columns, class Multiply>
inline void multiply_parts(const MatmulF32Params& p, Multiply multiply) {
  constexpr int kBlockDepth = 192;  // a panel's part of it is 36 KB, for the first-level cache
  constexpr int kBlockRows = 192;   // its part of A is 144 KB, for the second-level cache
  static_assert(kBlockRows % Rows == 0 && kPanelColumns % Columns == 0);
  const std::ptrdiff_t panel_size = static_cast<std::ptrdiff_t>(p.k) * kPanelColumns;
  for (int depth = 0; depth < p.k; depth += kBlockDepth) {
    for (int first = 0; first < p.m; first += kBlockRows) {
      const int last = smaller(first + kBlockRows, p.m);
      for (int column = 0; column < p.n; column += Columns) {
        Block block;
        block.b = p.b + column / kPanelColumns * panel_size + column % kPanelColumns +
                  depth * kPanelColumns;
        block.columns = p.n - column;
        block.depths = smaller(kBlockDepth, p.k - depth);
        block.adds = depth > 0;
        for (int row = first; row < last; row += Rows) {
          block.a = p.a + row * p.a_stride + depth;
          block.c = p.c + row * p.c_stride + column;
          multiply(smaller(Rows, last - row), block);
        }
      }
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
