// lane_linear_i8 and lane_linear_bf16 on AMX: sums of 32 channels of 48 tokens in six tiles.
#pragma once

#include "src/compute/kernels/lane_product_inl.h"
#include "src/compute/kernels/lanes_avx512_inl.h"
#include "src/compute/kernels/tiles_amx_inl.h"

namespace tessera::compute::kernels {
namespace {

/// Channels that are summed up at a time: two tiles, if there are so many.
inline constexpr int kPairChannels = 2 * kTileChannels;

/// What a product reads: dwords of tokens, and panels of 16 channels by rows of 64 bytes.
struct TileOperands {
  const std::byte* x = nullptr;       // (groups, 48) dwords
  const std::byte* weight = nullptr;  // (channels / 16, steps, 16, 64) bytes
  int steps = 0;                      // whole rows of 16 dwords in depth
  int rest = 0;                       // dwords beyond them
  std::ptrdiff_t panel_bytes() const {
    return std::ptrdiff_t{steps + (rest > 0)} * kTileChannels * kTileRowBytes;
  }
};

/// Tiles 0 to 2 hold sums of 16 channels, 3 to 5 of the next 16; 6 weights, 7 tokens.
inline TileConfig product_config(int rest) {
  TileConfig config;
  for (int tile = 0; tile < 6; ++tile) config.set(tile, kTileChannels, kTileRowBytes);
  config.set(6, kTileChannels, rest > 0 ? rest * 4 : kTileRowBytes);
  config.set(7, rest > 0 ? rest : 16, kTileRowBytes);
  return config;
}

/// Adds `steps` products of 64 bytes. kPair: of 32 channels.
template <class Dot, bool kPair>
inline __attribute__((always_inline)) void add_tiles(const std::byte* x, const std::byte* weight,
                                                     std::ptrdiff_t panel_bytes, int steps) {
  for (int step = 0; step < steps; ++step) {
    load_tile<6>(weight, kTileRowBytes);
    load_tile<7>(x, kBlockRowBytes);
    Dot::template add<0, 6, 7>();
    load_tile<7>(x + kTileRowBytes, kBlockRowBytes);
    Dot::template add<1, 6, 7>();
    load_tile<7>(x + 2 * kTileRowBytes, kBlockRowBytes);
    Dot::template add<2, 6, 7>();
    if constexpr (kPair) {
      load_tile<6>(weight + panel_bytes, kTileRowBytes);
      Dot::template add<5, 6, 7>();
      load_tile<7>(x + kTileRowBytes, kBlockRowBytes);
      Dot::template add<4, 6, 7>();
      load_tile<7>(x, kBlockRowBytes);
      Dot::template add<3, 6, 7>();
    }
    x += 16 * kBlockRowBytes;
    weight += kTileChannels * kTileRowBytes;
  }
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

/// Sums of the panel at `weight`, and of the next with kPair.
template <class Dot, bool kPair>
inline void sum_panels(const TileOperands& operands, const std::byte* weight, std::byte* sums) {
  clear_tile<0>();
  clear_tile<1>();
  clear_tile<2>();
  clear_tile<3>();
  clear_tile<4>();
  clear_tile<5>();
  const std::ptrdiff_t panel = operands.panel_bytes();
  add_tiles<Dot, kPair>(operands.x, weight, panel, operands.steps);
  store_sums<kPair>(sums);
  if (operands.rest == 0) return;
  configure_tiles(product_config(operands.rest));
  load_sums<kPair>(sums);
  add_tiles<Dot, kPair>(operands.x + std::ptrdiff_t{operands.steps} * 16 * kBlockRowBytes,
                        weight + std::ptrdiff_t{operands.steps} * kTileChannels * kTileRowBytes,
                        panel, 1);
  store_sums<kPair>(sums);
  configure_tiles(product_config(0));
}

/// Calls finish(channel, row) with the sums of each channel, (48).
template <class Dot, class Finish>
inline void multiply_tiles(const TileOperands& operands, int channels, Finish finish) {
  alignas(64) std::byte sums[kPairChannels * kBlockRowBytes];
  const TilesInUse in_use;
  configure_tiles(product_config(0));
  for (int channel = 0; channel < channels;) {
    const std::byte* weight = operands.weight + channel / kTileChannels * operands.panel_bytes();
    const bool pair = channel + kPairChannels <= channels;
    if (pair) {
      sum_panels<Dot, true>(operands, weight, sums);
    } else {
      sum_panels<Dot, false>(operands, weight, sums);
    }
    const int end = channel + (pair ? kPairChannels : kTileChannels);
    for (const std::byte* row = sums; channel < end; ++channel, row += kBlockRowBytes) {
      finish(channel, row);
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
