#include "src/compute/npu/plan/array_device.h"

namespace tessera::compute::npu {
namespace {

constexpr std::int64_t largest(int bits) { return (std::int64_t{1} << bits) - 1; }

constexpr TileLimits kShim{.channels = 2,
                           .descriptors = 16,
                           .per_parity = 16,
                           .locks = 16,
                           .dims = 3,
                           .words = largest(32),
                           .wrap = largest(10),
                           .stride = largest(20),
                           .memory = 0};
constexpr TileLimits kMemtile{.channels = 6,
                              .descriptors = 48,
                              .per_parity = 24,
                              .locks = 64,
                              .dims = 4,
                              .words = largest(17),
                              .wrap = largest(10),
                              .stride = largest(17),
                              .memory = 512 * 1024};
constexpr TileLimits kCore{.channels = 2,
                           .descriptors = 16,
                           .per_parity = 16,
                           .locks = 16,
                           .dims = 3,
                           .words = largest(14),
                           .wrap = largest(8),
                           .stride = largest(13),
                           .memory = 64 * 1024};

}  // namespace

const TileLimits& limits_of(TileKind kind) {
  switch (kind) {
    case TileKind::shim:
      return kShim;
    case TileKind::memtile:
      return kMemtile;
    case TileKind::core:
      break;
  }
  return kCore;
}

std::string name_of(Tile tile) {
  const TileKind kind = kind_of(tile);
  const char* name = kind == TileKind::shim      ? "shim"
                     : kind == TileKind::memtile ? "memtile"
                                                 : "core";
  return std::string(name) + " (" + std::to_string(tile.column) + "," + std::to_string(tile.row) +
         ")";
}

}  // namespace tessera::compute::npu
