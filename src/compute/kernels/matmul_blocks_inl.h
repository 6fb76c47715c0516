// The order in which the products go through their matrices: some rows of A, which stay in a cache,
// by the whole of B, a part of a panel at a time.
#pragma once

#include "src/compute/kernels/kernel_abi.h"

namespace tessera::compute::kernels {
namespace {

inline constexpr int smaller(int a, int b) { return a < b ? a : b; }

/// What a micro-kernel computes in registers, and how many rows of A stay near meanwhile.
struct MatmulBlocking {
  int rows, columns;
  int block_rows;
  int group;  ///< channels that lie together in a panel
};

/// Multiplies by `kernels[n](p, a, b, c, columns)`, each for n rows: `a` its first row, `b` its
/// part of a panel, `columns` how many there are in C from `c` on.
template <MatmulBlocking blocking, class Params, class Multiply>
inline void multiply_blocks(const Params& p, const Multiply* kernels) {
  static_assert(kPanelColumns % blocking.columns == 0);
  constexpr int kGroup = blocking.group;
  const std::ptrdiff_t panel_size =
      static_cast<std::ptrdiff_t>((p.k + kGroup - 1) / kGroup) * kPanelColumns * kGroup;
  for (int first = 0; first < p.m; first += blocking.block_rows) {
    const int last = smaller(first + blocking.block_rows, p.m);
    for (int column = 0; column < p.n; column += blocking.columns) {
      const auto* b = p.b + column / kPanelColumns * panel_size + column % kPanelColumns * kGroup;
      for (int row = first; row < last; row += blocking.rows) {
        kernels[smaller(blocking.rows, last - row)](p, p.a + row * p.a_stride, b,
                                                    p.c + row * p.c_stride + column, p.n - column);
      }
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
