// Plans for work that comes in tiles, each complete in itself: the steps of the ladder from one
// core to sixteen.
#pragma once

#include <cstdint>
#include <vector>

#include "src/compute/npu/plan/array_plan.h"

namespace tessera::compute::npu {

/// Tiles that one call computes: kernel(input, output, scalars...).
struct TileWork {
  CoreKernel kernel;
  std::vector<std::int32_t> scalars;
  std::int64_t input_bytes = 0;
  std::int64_t output_bytes = 0;
  std::int64_t tiles = 1;
};

/// One tile after the other on one core, or a tile on each of 4 (a column) or 16 cores. Host
/// buffers: "input" and "output", tile after tile, in whole rounds of `cores` tiles. Throws
/// Error{bad_argument} for another number of cores.
ArrayPlan tile_parallel_plan(const TileWork& work, int cores);

/// Attention tiles whose query rows are shared out: kernel(rows of Q, K and V, rows of O,
/// scalars...) on a quarter of a tile's rows.
struct RowWork {
  CoreKernel kernel;
  std::vector<std::int32_t> scalars;
  std::int64_t query_bytes = 0;      ///< of a whole tile, as the output's
  std::int64_t key_value_bytes = 0;  ///< K, then V
  std::int64_t output_bytes = 0;
  std::int64_t tiles = 1;
};

/// Each tile on the four cores of a column: a quarter of the rows each, K and V to all. Host
/// buffers: "queries", "keys_values" and "output", tile after tile.
ArrayPlan row_parallel_plan(const RowWork& work);

}  // namespace tessera::compute::npu
