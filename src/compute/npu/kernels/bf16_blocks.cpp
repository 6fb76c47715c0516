#include "src/compute/npu/kernels/bf16_blocks.h"

#include <cstddef>

namespace tessera::compute::npu {
namespace {

// Calls `each` with the index in rows and the index in blocks of every element.
template <class Each>
void for_each_element(const BlockShape& s, int stride, Each each) {
  const int blocks = s.columns / s.block_columns;
  for (int row = 0; row < s.rows; ++row) {
    for (int column = 0; column < s.columns; ++column) {
      const int block = row / s.block_rows * blocks + column / s.block_columns;
      const int in_block = row % s.block_rows * s.block_columns + column % s.block_columns;
      each(static_cast<std::ptrdiff_t>(row) * stride + column,
           static_cast<std::ptrdiff_t>(block) * s.block_rows * s.block_columns + in_block);
    }
  }
}

}  // namespace

Bfloat16 nearest_bfloat16(float value) {
  return to_bfloat16(value, Rounding::conv_even, FloatFloor::toward_zero);
}

void rows_to_bf16_blocks(const float* rows, int stride, Bfloat16* blocks, const BlockShape& shape) {
  for_each_element(shape, stride, [&](std::ptrdiff_t in, std::ptrdiff_t out) {
    blocks[out] = nearest_bfloat16(rows[in]);
  });
}

void bf16_blocks_to_rows(const Bfloat16* blocks, float* rows, int stride, const BlockShape& shape) {
  for_each_element(shape, stride, [&](std::ptrdiff_t out, std::ptrdiff_t in) {
    rows[out] = blocks[in].to_float();
  });
}

}  // namespace tessera::compute::npu
