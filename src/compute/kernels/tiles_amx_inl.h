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

/// Rows of A that are summed up at a time: two tiles, if there are so many.
inline constexpr int kPairChannels = 2 * kTileChannels;

/// Tiles 0 to 2 hold sums of 16 channels, 3 to 5 of the next 16; 6 is A, 7 is B. `rest`: dwords of
/// a row of A, if not 16.
inline TileConfig product_config(int rest) {
  TileConfig config;
  for (int tile = 0; tile < 6; ++tile) config.set(tile, kTileChannels, kTileRowBytes);
  config.set(6, kTileChannels, rest > 0 ? rest * 4 : kTileRowBytes);
  config.set(7, rest > 0 ? rest : 16, kTileRowBytes);
  return config;
}

/// Rows of weights, keys or values for tile 6.
struct TileSource {
  const std::byte* data = nullptr;
  std::ptrdiff_t row_bytes = 0;    ///< from row to row
  std::ptrdiff_t panel_bytes = 0;  ///< to the next 16 rows
  std::ptrdiff_t step_bytes = 0;   ///< to the same rows' next columns
};

/// Adds the products of `steps` tiles' columns, the tokens of a step `x_step` bytes behind the one
/// before. kPair: of 32 rows.
template <class Dot, bool kPair>
inline __attribute__((always_inline)) void add_tiles(const std::byte* x, std::ptrdiff_t x_step,
                                                     const TileSource& a, int steps) {
  const std::byte* weight = a.data;
  for (int step = 0; step < steps; ++step) {
    load_tile<6>(weight, a.row_bytes);
    load_tile<7>(x, kBlockRowBytes);
    Dot::template add<0, 6, 7>();
    load_tile<7>(x + kTileRowBytes, kBlockRowBytes);
    Dot::template add<1, 6, 7>();
    load_tile<7>(x + 2 * kTileRowBytes, kBlockRowBytes);
    Dot::template add<2, 6, 7>();
    if constexpr (kPair) {
      load_tile<6>(weight + a.panel_bytes, a.row_bytes);
      Dot::template add<5, 6, 7>();
      load_tile<7>(x + kTileRowBytes, kBlockRowBytes);
      Dot::template add<4, 6, 7>();
      load_tile<7>(x, kBlockRowBytes);
      Dot::template add<3, 6, 7>();
    }
    x += x_step;
    weight += a.step_bytes;
  }
}

inline void clear_sums() {
  clear_tile<0>();
  clear_tile<1>();
  clear_tile<2>();
  clear_tile<3>();
  clear_tile<4>();
  clear_tile<5>();
}

/// The sums as (32, 48), of one panel (16, 48).
template <bool kPair>
inline void store_sums(std::byte* sums) {
  store_tile<0>(sums, kBlockRowBytes);
  store_tile<1>(sums + kTileRowBytes, kBlockRowBytes);
  store_tile<2>(sums + 2 * kTileRowBytes, kBlockRowBytes);
  if constexpr (kPair) {
    sums += kTileChannels * kBlockRowBytes;
    store_tile<3>(sums, kBlockRowBytes);
    store_tile<4>(sums + kTileRowBytes, kBlockRowBytes);
    store_tile<5>(sums + 2 * kTileRowBytes, kBlockRowBytes);
  }
}
template <bool kPair>
inline void load_sums(const std::byte* sums) {
  load_tile<0>(sums, kBlockRowBytes);
  load_tile<1>(sums + kTileRowBytes, kBlockRowBytes);
  load_tile<2>(sums + 2 * kTileRowBytes, kBlockRowBytes);
  if constexpr (kPair) {
    sums += kTileChannels * kBlockRowBytes;
    load_tile<3>(sums, kBlockRowBytes);
    load_tile<4>(sums + kTileRowBytes, kBlockRowBytes);
    load_tile<5>(sums + 2 * kTileRowBytes, kBlockRowBytes);
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
