// Scores and weighted values by tiles, tdpbf16ps.
#include "src/compute/kernels/dot_avx512_bf16_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_attention_amx_inl.h"
#include "src/compute/kernels/lane_attention_floats_inl.h"

namespace tessera::compute::kernels {
namespace {

/// Takes the weight of the keys from `keys` on, and the largest score of each query into `maxima`.
void finish_scores(int keys, float (&scores)[kBlockTokens][kBlockTokens], float* maxima) {
  for (int key = keys; key < kBlockTokens; ++key) {
    for (float& score : scores[key]) score = kNoWeight;
  }
  for (int token = 0; token < kBlockTokens; token += Lanes::kLanes) {
    auto best = Lanes::load(maxima + token);
    for (int key = 0; key < kBlockTokens; ++key) {
      best = Lanes::max(best, Lanes::load(scores[key] + token));
    }
    Lanes::store(maxima + token, best);
  }
}

/// out = out * shrink + sums of 32 channels.
void add_to_out(const float* sums, const AttentionState& state, bool first, float* out) {
  for (int i = 0; i < kPairChannels * kBlockTokens; i += kBlockTokens) {
#pragma GCC unroll 3
    for (int j = 0; j < kTokenTiles; ++j) {
      const int at = i + j * Lanes::kLanes;
      auto value = Lanes::load(sums + at);
      if (!first) {
        const auto shrink = Lanes::load(state.shrink + j * Lanes::kLanes);
        value = Lanes::multiply_add(Lanes::load(out + at), shrink, value);
      }
      Lanes::store(out + at, value);
    }
  }
}

}  // namespace

const char* lane_attention_bf16_amx(const LaneAttentionBf16Params& p) noexcept {
  auto& scratch = *reinterpret_cast<ScratchFloats*>(p.scratch);
  alignas(64) float sums[kPairChannels * kBlockTokens];
  const TilesInUse in_use;
  AttentionState state;
  begin(state);
  for (int block = 0; block * kBlockTokens < p.keys; block += kAttentionBlocks) {
    const Tile tile = whole_tile_from(block, p.keys);
    for (int i = 0; i < kBlockTokens; ++i) state.gain[i] = state.best[i];
    configure_tiles(product_config(0));
    for (int slot = 0; slot < tile.count; ++slot) {
      score_tiles<TileBf16, 2>(p.q, block_at(p.k, p.k_stride, block + slot),
                               scratch.scores[slot][0]);
      finish_scores(p.keys - (block + slot) * kBlockTokens, scratch.scores[slot], state.gain);
    }
    take_maxima<Lanes>(state);
    for (int slot = 0; slot < tile.count; ++slot) {
      weigh<Lanes, FormatBf16<Lanes, Dot>>(state.best, tile.keys[slot], scratch.scores[slot],
                                           scratch.weights[slot], state.total);
    }
    configure_tiles(product_config(kValueDwords));
    for (int channel = 0; channel < kHeadWidth; channel += kPairChannels) {
      sum_tiles<TileBf16, 2>(
          p, tile, channel, [&](int slot) { return scratch.weights[slot]; }, sums);
      add_to_out(sums, state, block == 0, p.out + channel * kBlockTokens);
    }
  }
  finish<Lanes>(state, p.out);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
