// lane_linear_i8 and lane_linear_bf16 on AMX: sums of 32 channels of 48 tokens in six tiles.
#pragma once

#include "src/compute/kernels/lane_product_inl.h"
#include "src/compute/kernels/lanes_avx512_inl.h"
#include "src/compute/kernels/tiles_amx_inl.h"

namespace tessera::compute::kernels {
namespace {

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

/// Sums of the panel at `weight`, and of the next with kPair.
template <class Dot, bool kPair>
inline void sum_panels(const TileOperands& operands, const std::byte* weight, std::byte* sums) {
  clear_sums();
  const std::ptrdiff_t panel = operands.panel_bytes();
  TileSource a{weight, kTileRowBytes, panel, kTileChannels * kTileRowBytes};
  add_tiles<Dot, kPair>(operands.x, kBlockRowBytes * 16, a, operands.steps);
  store_sums<kPair>(sums);
  if (operands.rest == 0) return;
  configure_tiles(product_config(operands.rest));
  load_sums<kPair>(sums);
  a.data += operands.steps * a.step_bytes;
  add_tiles<Dot, kPair>(operands.x + std::ptrdiff_t{operands.steps} * 16 * kBlockRowBytes, 0, a, 1);
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
