// lane_attention_i8 for any Lanes, with a Dot of unsigned and signed bytes, and one that takes
// weights as unsigned bytes.
//
// Weights are bytes: WeightDot::kMost for the largest score of a tile. The scale of a block's
// values is in its weights, so that all values of a tile are summed up as they are; the sum of
// weights takes it out again.
#pragma once

#include "src/compute/kernels/lane_attention_inl.h"

namespace tessera::compute::kernels {
namespace {

struct ScratchI8 {
  alignas(64) float scores[kAttentionBlocks][kBlockTokens][kBlockTokens];  // (key, query)
  alignas(64) std::int32_t weights[kAttentionBlocks][kBlockTokens / 4][kBlockTokens];
  alignas(64) float best[kAttentionBlocks][kBlockTokens];  // of a block, in units of q_scales
  alignas(64) float total[kAttentionBlocks][kBlockTokens];
  AttentionState state;
};
static_assert(sizeof(ScratchI8) <= kLaneAttentionScratchBytes);

/// Scores, in units of q_scales, of the keys from `key` on of block `block` (slot `slot` of the
/// tile) for the queries from `token` on.
template <class Lanes, class Dot>
__attribute__((noinline)) void score_part_i8(const LaneAttentionI8Params& p, ScratchI8& scratch,
                                             int block, int slot, int key, int token) {
  const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(block) * kBlockTokens + key;
  typename Lanes::Ints sums[Lanes::kChannels][Lanes::kRegisters];
#pragma GCC unroll 8
  for (int i = 0; i < Lanes::kChannels; ++i) {
    const typename Lanes::Ints start =
        Dot::kIsCentred ? Lanes::all_ints(kSumAsFloat) : Lanes::load_all(p.k_starts + at + i);
#pragma GCC unroll 3
    for (int j = 0; j < Lanes::kRegisters; ++j) sums[i][j] = start;
  }
  multiply_groups<Lanes, Dot>(p.q + token * 4, block_at(p.k, p.k_stride, block) + key * 4,
                              kBlockTokens, kHeadWidth / 4, sums);
  typename Lanes::Floats best[Lanes::kRegisters];
  float* maxima = scratch.best[slot] + token;
#pragma GCC unroll 3
  for (int j = 0; j < Lanes::kRegisters; ++j) best[j] = Lanes::load(maxima + j * Lanes::kLanes);
#pragma GCC unroll 8
  for (int i = 0; i < Lanes::kChannels; ++i) {
    const auto scale = Lanes::all(p.k_scales[at + i]), offset = Lanes::all(p.k_offsets[at + i]);
#pragma GCC unroll 3
    for (int j = 0; j < Lanes::kRegisters; ++j) {
      const auto score = Lanes::multiply_add(Lanes::as_floats(sums[i][j]), scale, offset);
      best[j] = Lanes::max(best[j], score);
      Lanes::store(scratch.scores[slot][key + i] + token + j * Lanes::kLanes, score);
    }
  }
#pragma GCC unroll 3
  for (int j = 0; j < Lanes::kRegisters; ++j) Lanes::store(maxima + j * Lanes::kLanes, best[j]);
}

/// Bytes of weights of one block. `best`: what has the largest weight, in base 2, without the
/// block's scale of values.
template <class Lanes, class WeightDot>
__attribute__((noinline)) void weigh_i8(const float* q_scales, const float* best, int keys,
                                        const float (&scores)[kBlockTokens][kBlockTokens],
                                        std::int32_t (&weights)[kBlockTokens / 4][kBlockTokens],
                                        float* total) {
  using Weights = typename Lanes::template ByteWeights<WeightDot::kMost>;
  const Weights to_bytes{};
  const auto ones = Lanes::all_ints(0x01010101);
  typename Lanes::Floats from[Weights::kRegisters], slope[Weights::kRegisters];
  for (int token = 0; token < kBlockTokens; token += Lanes::kLanes * Weights::kRegisters) {
    typename Lanes::Ints sums[Weights::kRegisters];
#pragma GCC unroll 3
    for (int j = 0; j < Weights::kRegisters; ++j) {
      const int lane = token + j * Lanes::kLanes;
      from[j] = Lanes::multiply(Lanes::load(best + lane), Lanes::all(Weights::kSteps));
      slope[j] = Lanes::multiply(Lanes::load(q_scales + lane), Lanes::all(-Weights::kSteps));
      sums[j] = Lanes::all_ints(0);
    }
    for (int key = 0; key < keys; key += 4) {
#pragma GCC unroll 3
      for (int j = 0; j < Weights::kRegisters; ++j) {
        const int lane = token + j * Lanes::kLanes;
        typename Lanes::Floats steps[4];
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
          steps[i] = Lanes::multiply_add(Lanes::load(scores[key + i] + lane), slope[j], from[j]);
        }
        const auto bytes = to_bytes.from(steps);
        WeightDot::add(sums[j], bytes, ones);
        Lanes::store_ints(weights[key / 4] + lane, bytes);
      }
    }
#pragma GCC unroll 3
    for (int j = 0; j < Weights::kRegisters; ++j) {
      Lanes::store(total + token + j * Lanes::kLanes, Lanes::to_floats(sums[j]));
    }
  }
}

/// Takes a tile's scores into the state and makes them weights.
template <class Lanes, class WeightDot>
void weigh_tile_i8(const LaneAttentionI8Params& p, const Tile& tile, ScratchI8& scratch) {
  AttentionState& state = scratch.state;
  for (int token = 0; token < kBlockTokens; token += Lanes::kLanes) {
    auto best = Lanes::all(kNoWeight);
    for (int i = 0; i < tile.count; ++i) {
      best = Lanes::max(best, Lanes::multiply_add(Lanes::load(scratch.best[i] + token),
                                                  Lanes::load(p.q_scales + token),
                                                  Lanes::all(p.v_logs[tile.first + i])));
    }
    for (int i = 0; i < tile.count; ++i) {
      Lanes::store(scratch.best[i] + token,
                   Lanes::subtract(best, Lanes::all(p.v_logs[tile.first + i])));
    }
    const auto before = Lanes::load(state.best + token);
    const auto now = Lanes::max(before, best);
    Lanes::store(state.best + token, now);
    Lanes::store(state.shrink + token, Lanes::exp2(Lanes::subtract(before, now), kExp2));
    Lanes::store(state.gain + token, Lanes::multiply(Lanes::exp2(Lanes::subtract(best, now), kExp2),
                                                     Lanes::all(1.0f / WeightDot::kMost)));
  }
  for (int i = 0; i < tile.count; ++i) {
    weigh_i8<Lanes, WeightDot>(p.q_scales, scratch.best[i], tile.keys[i], scratch.scores[i],
                               scratch.weights[i], scratch.total[i]);
  }
  for (int token = 0; token < kBlockTokens; token += Lanes::kLanes) {
    auto sum = Lanes::all(0.0f);
    for (int i = 0; i < tile.count; ++i) {
      sum = Lanes::multiply_add(Lanes::load(scratch.total[i] + token),
                                Lanes::all(1.0f / p.v_scales[tile.first + i]), sum);
    }
    Lanes::store(
        state.total + token,
        Lanes::multiply_add(Lanes::load(state.total + token), Lanes::load(state.shrink + token),
                            Lanes::multiply(sum, Lanes::load(state.gain + token))));
  }
}

/// Adds a tile's weighted values, channels from `channel` and queries from `token` on.
template <class Lanes, class WeightDot>
__attribute__((noinline)) void sum_part_i8(const LaneAttentionI8Params& p, const Tile& tile,
                                           const ScratchI8& scratch, int channel, int token) {
  typename Lanes::Ints sums[Lanes::kChannels][Lanes::kRegisters];
#pragma GCC unroll 8
  for (int i = 0; i < Lanes::kChannels; ++i) {
#pragma GCC unroll 3
    for (int j = 0; j < Lanes::kRegisters; ++j) sums[i][j] = Lanes::all_ints(0);
  }
#pragma GCC unroll 1
  for (int i = 0; i < tile.count; ++i) {
    multiply_groups<Lanes, WeightDot>(scratch.weights[i][0] + token,
                                      block_at(p.v, p.v_stride, tile.first + i) + channel * 4,
                                      kHeadWidth, tile.keys[i] / 4, sums);
  }
  typename Lanes::Floats shrink[Lanes::kRegisters], gain[Lanes::kRegisters];
#pragma GCC unroll 3
  for (int j = 0; j < Lanes::kRegisters; ++j) {
    shrink[j] = Lanes::load(scratch.state.shrink + token + j * Lanes::kLanes);
    gain[j] = Lanes::load(scratch.state.gain + token + j * Lanes::kLanes);
  }
#pragma GCC unroll 8
  for (int i = 0; i < Lanes::kChannels; ++i) {
#pragma GCC unroll 3
    for (int j = 0; j < Lanes::kRegisters; ++j) {
      float* out = p.out + (channel + i) * kBlockTokens + token + j * Lanes::kLanes;
      auto value = Lanes::multiply(Lanes::to_floats(sums[i][j]), gain[j]);
      if (tile.first > 0) value = Lanes::multiply_add(Lanes::load(out), shrink[j], value);
      Lanes::store(out, value);
    }
  }
}

template <class Lanes, class Dot, class WeightDot = Dot>
void lane_attention_i8(const LaneAttentionI8Params& p) {
  auto& scratch = *reinterpret_cast<ScratchI8*>(p.scratch);
  begin(scratch.state);
  for (int block = 0; block * kBlockTokens < p.keys; block += kAttentionBlocks) {
    const Tile tile = tile_from(block, p.keys);
    for (int slot = 0; slot < tile.count; ++slot) {
      for (float& best : scratch.best[slot]) best = kNoWeight;
      for_parts<Lanes>(tile.keys[slot], [&](int key, int token) {
        score_part_i8<Lanes, Dot>(p, scratch, block + slot, slot, key, token);
      });
    }
    weigh_tile_i8<Lanes, WeightDot>(p, tile, scratch);
    for_parts<Lanes>(kHeadWidth, [&](int channel, int token) {
      sum_part_i8<Lanes, WeightDot>(p, tile, scratch, channel, token);
    });
  }
  finish<Lanes>(scratch.state, p.out);
}

}  // namespace
}  // namespace tessera::compute::kernels
