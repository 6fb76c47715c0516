// What AMD's Phoenix array ("npu1") has: tiles, memories, DMA channels and their descriptors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tessera::compute::npu {

/// The device reaches four columns: in each a shim (row 0) to the host's memory, a memory tile
/// (row 1) and four cores (rows 2 to 5).
inline constexpr int kColumns = 4;
inline constexpr int kRows = 6;
inline constexpr int kShimRow = 0;
inline constexpr int kMemtileRow = 1;
inline constexpr int kFirstCoreRow = 2;
inline constexpr int kCoreRows = kRows - kFirstCoreRow;
inline constexpr int kCores = kColumns * kCoreRows;

/// Everything that a DMA counts is words of 32 bits.
inline constexpr std::int64_t kWordBytes = 4;

enum class TileKind { shim, memtile, core };

/// A place in the array.
struct Tile {
  int column = 0;
  int row = 0;

  friend bool operator==(const Tile&, const Tile&) = default;
  /// By column, then row.
  friend bool operator<(const Tile& a, const Tile& b) {
    return a.column != b.column ? a.column < b.column : a.row < b.row;
  }
};

constexpr TileKind kind_of(Tile tile) {
  if (tile.row == kShimRow) return TileKind::shim;
  return tile.row == kMemtileRow ? TileKind::memtile : TileKind::core;
}

/// "core (0,2)"; column, then row.
std::string name_of(Tile tile);

/// What a tile of one kind has, and what one of its buffer descriptors can say.
struct TileLimits {
  int channels;         ///< of DMA, as many into the tile as out of it
  int descriptors;      ///< buffer descriptors, for all channels together
  int per_parity;       ///< of them those that channels of even (odd) number can use
  int locks;            ///< counting semaphores
  int dims;             ///< dimensions of a descriptor; the shim's iteration is one more
  std::int64_t words;   ///< the longest transfer
  std::int64_t wrap;    ///< the largest count of a dimension
  std::int64_t stride;  ///< the largest stride, in words
  std::size_t memory;   ///< bytes of data
};

/// AM020, chapters 2 and 5, as quoted in the field: a wrap of b bits counts to 2^b - 1, so does a
/// stride.
const TileLimits& limits_of(TileKind kind);

inline constexpr std::size_t kProgramBytes = 16 * 1024;  ///< a core's program memory
inline constexpr std::size_t kMaxHostBuffers = 5;        ///< bo0 to bo4 of an xclbin's metadata
inline constexpr int kShimQueue = 4;                     ///< tasks that a shim's channel can hold
inline constexpr std::int64_t kShimIterations = 64;      ///< outermost of a shim's dimensions
inline constexpr std::size_t kShimBroadcast = 8;  ///< consumers that a shim can feed directly

}  // namespace tessera::compute::npu
