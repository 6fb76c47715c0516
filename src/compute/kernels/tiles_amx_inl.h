// AMX's tiles for the lane_* kernels: matrices of up to 16 rows of 64 bytes.
//
// A product C += A B has weights, keys or values in the rows of A and tokens in the columns of B:
// a dword of B is four (or two) numbers of one token, so a block of 48 tokens is three tiles that
// lie in it as they are, 192 bytes from row to row.
#pragma once

#include <immintrin.h>

#include "src/compute/kernels/lane_abi.h"

namespace tessera::compute::kernels {
namespace {

inline constexpr int kTileRowBytes = 64;
/// Tiles of tokens in a block.
inline constexpr int kTokenTiles = kBlockTokens / 16;
/// Bytes from row to row of a block.
inline constexpr int kBlockRowBytes = kBlockTokens * 4;

/// The operand of ldtilecfg (Intel's Architecture Instruction Set Extensions reference, chapter
/// 3).
struct alignas(64) TileConfig {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};

  void set(int tile, int row_count, int bytes) {
    rows[tile] = static_cast<std::uint8_t>(row_count);
    row_bytes[tile] = static_cast<std::uint16_t>(bytes);
  }
};

// The numbers of tiles are part of the instructions, so they are template arguments, and the
// instructions are written out: the compilers' intrinsics take literals alone.

template <int kTile>
inline void load_tile(const void* from, std::ptrdiff_t row_bytes) {
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(row_bytes), "n"(kTile) : "memory");
}
template <int kTile>
inline void store_tile(void* to, std::ptrdiff_t row_bytes) {
  asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(row_bytes), "n"(kTile) : "memory");
}
template <int kTile>
inline void clear_tile() {
  asm volatile("tilezero %%tmm%c0" ::"n"(kTile));
}

/// Sets the shapes, and all tiles to zero.
inline void configure_tiles(const TileConfig& config) {
  asm volatile("ldtilecfg %0" ::"m"(config));
}

/// Gives the tiles up at its end; else they would be part of every context switch from then on.
class TilesInUse {
 public:
  TilesInUse() = default;
  ~TilesInUse() { asm volatile("tilerelease"); }
  TilesInUse(const TilesInUse&) = delete;
  TilesInUse& operator=(const TilesInUse&) = delete;
};

/// Signed bytes of A times unsigned bytes of B.
struct TileBytes {
  using Number = std::int32_t;
  template <int kSum, int kA, int kB>
  static void add() {
    asm volatile("tdpbsud %%tmm%c0, %%tmm%c1, %%tmm%c2" ::"n"(kB), "n"(kA), "n"(kSum));
  }
};

/// Pairs of bfloat16.
struct TileBf16 {
  using Number = float;
  template <int kSum, int kA, int kB>
  static void add() {
    asm volatile("tdpbf16ps %%tmm%c0, %%tmm%c1, %%tmm%c2" ::"n"(kB), "n"(kA), "n"(kSum));
  }
};

}  // namespace
}  // namespace tessera::compute::kernels
