// bfloat16 matrices between rows of float32, as the rest of the program has them, and the blocks of
// a core's multiplier. On the chip transfers do this on their way.
#pragma once

#include "src/compute/npu/emulator/bfloat16.h"

namespace tessera::compute::npu {

/// The nearest bfloat16.
Bfloat16 nearest_bfloat16(float value);

/// Sizes of a matrix and of its blocks, which divide them.
struct BlockShape {
  int rows, columns, block_rows, block_columns;
};

/// (rows, columns), rows `stride` numbers apart, to (rows / block_rows, columns / block_columns,
/// block_rows, block_columns), rounded to the nearest; and back.
void rows_to_bf16_blocks(const float* rows, int stride, Bfloat16* blocks, const BlockShape& shape);
void bf16_blocks_to_rows(const Bfloat16* blocks, float* rows, int stride, const BlockShape& shape);

}  // namespace tessera::compute::npu
