// Scores and weighted values by tiles, tdpbsud; exponentials by table.
#include "src/compute/kernels/dot_avx512_vnni_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_attention_amx_inl.h"
#include "src/compute/kernels/lane_attention_i8/lane_attention_i8_inl.h"

namespace tessera::compute::kernels {
namespace {

/// Sums of a block to scores in units of q_scales, in place, and the largest of each query.
void finish_scores(const LaneAttentionI8Params& p, int block,
                   float (&scores)[kBlockTokens][kBlockTokens], float* maxima) {
  const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(block) * kBlockTokens;
  Lanes::Floats best[kTokenTiles];
#pragma GCC unroll 3
  for (Lanes::Floats& value : best) value = Lanes::all(kNoWeight);
  for (int key = 0; key < kBlockTokens; ++key) {
    const auto start = Lanes::load_all(p.k_starts + at + key);
    const auto scale = Lanes::all(p.k_scales[at + key]), offset = Lanes::all(p.k_offsets[at + key]);
#pragma GCC unroll 3
    for (int j = 0; j < kTokenTiles; ++j) {
      float* place = scores[key] + j * Lanes::kLanes;
      const auto sum = Lanes::add_ints(Lanes::load_ints(place), start);
      const auto score = Lanes::multiply_add(Lanes::as_floats(sum), scale, offset);
      best[j] = Lanes::max(best[j], score);
      Lanes::store(place, score);
    }
  }
#pragma GCC unroll 3
  for (int j = 0; j < kTokenTiles; ++j) Lanes::store(maxima + j * Lanes::kLanes, best[j]);
}

/// out = out * shrink + sums * gain of 32 channels.
void add_to_out(const std::int32_t* sums, const AttentionState& state, bool first, float* out) {
  Lanes::Floats shrink[kTokenTiles], gain[kTokenTiles];
#pragma GCC unroll 3
  for (int j = 0; j < kTokenTiles; ++j) {
    shrink[j] = Lanes::load(state.shrink + j * Lanes::kLanes);
    gain[j] = Lanes::load(state.gain + j * Lanes::kLanes);
  }
  for (int i = 0; i < kPairChannels * kBlockTokens; i += kBlockTokens) {
#pragma GCC unroll 3
    for (int j = 0; j < kTokenTiles; ++j) {
      const int at = i + j * Lanes::kLanes;
      auto value = Lanes::multiply(Lanes::to_floats(Lanes::load_ints(sums + at)), gain[j]);
      if (!first) value = Lanes::multiply_add(Lanes::load(out + at), shrink[j], value);
      Lanes::store(out + at, value);
    }
  }
}

}  // namespace

const char* lane_attention_i8_amx(const LaneAttentionI8Params& p) noexcept {
  auto& scratch = *reinterpret_cast<ScratchI8*>(p.scratch);
  alignas(64) std::int32_t sums[kPairChannels * kBlockTokens];
  const TilesInUse in_use;
  begin(scratch.state);
  for (int block = 0; block * kBlockTokens < p.keys; block += kAttentionBlocks) {
    const Tile tile = whole_tile_from(block, p.keys);
    configure_tiles(product_config(0));
    for (int slot = 0; slot < tile.count; ++slot) {
      auto& scores = scratch.scores[slot];
      score_tiles<TileBytes, 1>(p.q, block_at(p.k, p.k_stride, block + slot),
                                reinterpret_cast<std::int32_t*>(scores));
      finish_scores(p, block + slot, scores, scratch.best[slot]);
    }
    weigh_tile_i8<Lanes, Dot>(p, tile, scratch);
    configure_tiles(product_config(kValueDwords));
    for (int channel = 0; channel < kHeadWidth; channel += kPairChannels) {
      sum_tiles<TileBytes, 1>(
          p, tile, channel, [&](int slot) { return scratch.weights[slot]; }, sums);
      add_to_out(sums, scratch.state, block == 0, p.out + channel * kBlockTokens);
    }
  }
  finish<Lanes>(scratch.state, p.out);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
