// What the lane_attention kernels share: the order of an online softmax over tiles of keys
// (Milakov and Gimelshein 2018; Dao et al. 2022) for 48 queries in lanes.
#pragma once

#include "src/compute/kernels/lane_product_inl.h"
#include "src/compute/kernels/math_constants_inl.h"

namespace tessera::compute::kernels {
namespace {

/// Per query, of all tiles so far.
struct AttentionState {
  alignas(64) float best[kBlockTokens];    // largest score, base 2
  alignas(64) float total[kBlockTokens];   // sum of the weights relative to it
  alignas(64) float shrink[kBlockTokens];  // what the last tile makes of the sums before it
  alignas(64) float gain[kBlockTokens];    // what the last tile's own sums count
};

inline void begin(AttentionState& state) {
  for (int i = 0; i < kBlockTokens; ++i) {
    state.best[i] = kNoWeight;
    state.total[i] = 0;
  }
}

/// The blocks of one tile and how many of their keys are looked at, in panels of 8.
struct Tile {
  int first = 0, count = 0;
  int keys[kAttentionBlocks] = {};
};

inline Tile tile_from(int block, int keys) {
  Tile tile;
  tile.first = block;
  for (int left = keys - block * kBlockTokens; left > 0 && tile.count < kAttentionBlocks;
       left -= kBlockTokens) {
    const int panels = (left + kBlockPanel - 1) / kBlockPanel;
    tile.keys[tile.count++] =
        panels * kBlockPanel < kBlockTokens ? panels * kBlockPanel : kBlockTokens;
  }
  return tile;
}

/// Block `index` of keys or values.
template <class T>
const T* block_at(const T* base, std::ptrdiff_t stride_bytes, int index) {
  return reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(base) +
                                    index * stride_bytes);
}

/// out /= total.
template <class Lanes>
void finish(const AttentionState& state, float* out) {
  for (int token = 0; token < kBlockTokens; token += Lanes::kLanes) {
    const auto inverse = Lanes::divide(Lanes::all(1.0f), Lanes::load(state.total + token));
    for (int channel = 0; channel < kHeadWidth; ++channel) {
      float* at = out + channel * kBlockTokens + token;
      Lanes::store(at, Lanes::multiply(Lanes::load(at), inverse));
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
