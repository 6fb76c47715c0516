#include "src/compute/npu/kernels/tile_blocks.h"

#include "src/compute/kernels/tile_attention/octave_softmax.h"

namespace tessera::compute::npu {
namespace {

// Calls `each` with the index in rows and the index in blocks of every element.
template <class Each>
void for_each_element(int block_rows, int block_columns, Each each) {
  const int blocks = kTileRows / block_columns;
  for (int row = 0; row < kTileRows; ++row) {
    for (int column = 0; column < kTileRows; ++column) {
      const int block = row / block_rows * blocks + column / block_columns;
      each(row * kTileRows + column, block * block_rows * block_columns +
                                         row % block_rows * block_columns + column % block_columns);
    }
  }
}

}  // namespace

void rows_to_blocks(const std::int8_t* rows, std::int8_t* blocks, int block_rows,
                    int block_columns) {
  for_each_element(block_rows, block_columns, [&](int in, int out) { blocks[out] = rows[in]; });
}

void blocks_to_rows(const std::int8_t* blocks, std::int8_t* rows, int block_rows,
                    int block_columns) {
  for_each_element(block_rows, block_columns, [&](int out, int in) { rows[out] = blocks[in]; });
}

void fill_weight_table(std::int16_t* table) {
  constexpr int kInChunk = 8;
  for (int i = 0; i < kernels::kWeightEntries; ++i) {
    std::int16_t* const chunk = table + i / kInChunk * 2 * kInChunk + i % kInChunk;
    chunk[0] = chunk[kInChunk] = kernels::kWeightTable.values[i];
  }
}

}  // namespace tessera::compute::npu
