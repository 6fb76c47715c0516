// The row matmul_i8 tiles_aie2: a product of any size in tiles of 64 on an emulated core.
#include <algorithm>
#include <cstring>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/matmul_i8/matmul_i8_aie2.h"
#include "src/compute/npu/emulator/core_state.h"
#include "src/compute/npu/kernels/tile_blocks.h"

namespace tessera::compute::npu {
namespace {

using kernels::MatmulI8Params;

constexpr std::size_t kElements = std::size_t{kTileRows} * kTileRows;

// Rows and columns of the operands and the result that a tile has; the rest is zero.
struct TileOf {
  int row, column, rows, columns;
};

TileOf tile_of(int row, int column, int rows, int columns) {
  return {row, column, std::min(kTileRows, rows - row), std::min(kTileRows, columns - column)};
}

class MatmulCore {
 public:
  explicit MatmulCore(const MatmulI8Params& p) : p_(p) {
    a_ = reinterpret_cast<std::int8_t*>(core_.place("a", kElements, 0));
    b_ = reinterpret_cast<std::int8_t*>(core_.place("b", kElements, 1));
    c_ = reinterpret_cast<std::int32_t*>(core_.place("c", kElements * 4, 2));
  }

  void run() {
    for (int row = 0; row < p_.m; row += kTileRows) {
      for (int column = 0; column < p_.n; column += kTileRows) run_tile(row, column);
    }
  }

 private:
  static constexpr int kRowBlocks = kTileRows / 4, kBlocks = kTileRows / 8;

  void run_tile(int row, int column) {
    {
      const CoreScope scope(core_, "clear_i32");
      clear_i32(c_, kRowBlocks * kBlocks);
    }
    for (int depth = 0; depth < p_.k; depth += kTileRows) {
      load_left(tile_of(row, depth, p_.m, p_.k));
      load_right(tile_of(depth, column, p_.k, p_.n));
      const CoreScope scope(core_, "matmul_i8_i32");
      matmul_i8_i32(a_, b_, c_, kRowBlocks, kBlocks, kBlocks);
    }
    store(tile_of(row, column, p_.m, p_.n));
  }

  void load_left(const TileOf& tile) {
    std::int8_t rows[kElements] = {};
    for (int i = 0; i < tile.rows; ++i) {
      std::copy_n(p_.a + (tile.row + i) * p_.a_stride + tile.column, tile.columns,
                  rows + i * kTileRows);
    }
    rows_to_blocks(rows, a_, 4, 8);
  }

  void load_right(const TileOf& tile) {
    constexpr int kInDword = 4, kOffset = 128;  // how the panels keep values
    const int dwords = (p_.k + kInDword - 1) / kInDword;
    std::int8_t rows[kElements] = {};
    for (int i = 0; i < tile.rows; ++i) {
      for (int j = 0; j < tile.columns; ++j) {
        const std::ptrdiff_t k = tile.row + i, n = tile.column + j;
        const std::ptrdiff_t at =
            ((n / kernels::kPanelColumns * dwords + k / kInDword) * kernels::kPanelColumns +
             n % kernels::kPanelColumns) *
                kInDword +
            k % kInDword;
        rows[i * kTileRows + j] = static_cast<std::int8_t>(p_.b[at] - kOffset);
      }
    }
    rows_to_blocks(rows, b_, 8, 8);
  }

  void store(const TileOf& tile) {
    for (int i = 0; i < tile.rows; ++i) {
      for (int j = 0; j < tile.columns; ++j) {
        p_.c[(tile.row + i) * p_.c_stride + tile.column + j] =
            c_[(i / 4 * kBlocks + j / 8) * 32 + i % 4 * 8 + j % 8];
      }
    }
  }

  const MatmulI8Params& p_;
  CoreState core_;
  std::int8_t *a_, *b_;
  std::int32_t* c_;
};

}  // namespace
}  // namespace tessera::compute::npu

namespace tessera::compute::kernels {

const char* matmul_i8_tiles_aie2(const MatmulI8Params& p) noexcept {
  try {
    npu::MatmulCore(p).run();
    return "tiles_aie2";
  } catch (...) {
    return "an error of the emulated core";
  }
}

}  // namespace tessera::compute::kernels
