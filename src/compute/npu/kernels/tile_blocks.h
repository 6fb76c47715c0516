// Tiles of 64 x 64 between rows, as the rest of the program has them, and the blocks of a core's
// multiplier. On the chip transfers do this on their way.
#pragma once

#include <cstdint>

namespace tessera::compute::npu {

inline constexpr int kTileRows = 64;

/// (64, 64) to (64 / block_rows, 64 / block_columns, block_rows, block_columns), and back.
void rows_to_blocks(const std::int8_t* rows, std::int8_t* blocks, int block_rows,
                    int block_columns);
void blocks_to_rows(const std::int8_t* blocks, std::int8_t* rows, int block_rows,
                    int block_columns);

/// kWeightTable as a core's lookup wants it: chunks of 16 bytes, each twice. 4 * kWeightEntries
/// bytes.
void fill_weight_table(std::int16_t* table);

}  // namespace tessera::compute::npu
