// lane_attention_i8 and lane_attention_bf16 on AMX: scores and weighted values by tiles, softmax as
// on AVX-512. Keys are rows of A, (48, 64), and so are values by channel, (64, 48).
#pragma once

#include "src/compute/kernels/lane_attention_inl.h"
#include "src/compute/kernels/lanes_avx512_inl.h"
#include "src/compute/kernels/tiles_amx_inl.h"

namespace tessera::compute::kernels {
namespace {

/// Dwords of a row of A in the products with values: a row of 48 keys is one such part of bytes,
/// or two of bfloat16.
inline constexpr int kValueDwords = kBlockTokens / 4;

/// Scores (48 keys, 48) of one block. `kBytes`: of a number.
template <class Dot, int kBytes>
inline void score_tiles(const void* q, const void* k, typename Dot::Number* scores) {
  const auto* x = static_cast<const std::byte*>(q);
  constexpr std::ptrdiff_t kRow = std::ptrdiff_t{kHeadWidth} * kBytes;
  TileSource a{static_cast<const std::byte*>(k), kRow, kTileChannels * kRow, kTileRowBytes};
  auto* out = reinterpret_cast<std::byte*>(scores);
  clear_sums();
  add_tiles<Dot, true>(x, 16 * kBlockRowBytes, a, kBytes);
  store_sums<true>(out);
  clear_sums();
  a.data += kPairChannels * kRow;
  add_tiles<Dot, false>(x, 16 * kBlockRowBytes, a, kBytes);
  store_sums<false>(out + kPairChannels * kBlockRowBytes);
}

/// Weighted values of channels [channel, channel + 32) over the blocks of a tile, (32, 48).
/// `weights(slot)` are dwords of weights, (groups, 48).
template <class Dot, int kBytes, class Params, class Weights>
inline void sum_tiles(const Params& p, const Tile& tile, int channel, Weights weights,
                      typename Dot::Number* sums) {
  constexpr std::ptrdiff_t kRow = std::ptrdiff_t{kBlockTokens} * kBytes;
  clear_sums();
  for (int slot = 0; slot < tile.count; ++slot) {
    const auto* v =
        reinterpret_cast<const std::byte*>(block_at(p.v, p.v_stride, tile.first + slot));
    const TileSource a{v + channel * kRow, kRow, kTileChannels * kRow, kValueDwords * 4};
    add_tiles<Dot, true>(reinterpret_cast<const std::byte*>(weights(slot)),
                         kValueDwords * kBlockRowBytes, a, kBytes);
  }
  store_sums<true>(reinterpret_cast<std::byte*>(sums));
}

/// A tile with all 48 keys of each block: those that do not count have no weight.
inline Tile whole_tile_from(int block, int keys) {
  Tile tile = tile_from(block, keys);
  for (int slot = 0; slot < tile.count; ++slot) tile.keys[slot] = kBlockTokens;
  return tile;
}

}  // namespace
}  // namespace tessera::compute::kernels
