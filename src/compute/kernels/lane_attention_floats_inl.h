// lane_attention_bf16 and lane_attention_f32 for any Lanes. `Format` gives Dot, the numbers in a
// dword, and how weights are made and stored.
#pragma once

#include "src/compute/kernels/lane_attention_inl.h"

namespace tessera::compute::kernels {
namespace {

struct ScratchFloats {
  alignas(64) float scores[kAttentionBlocks][kBlockTokens][kBlockTokens];           // (key, query)
  alignas(64) std::int32_t weights[kAttentionBlocks][kBlockTokens * kBlockTokens];  // dwords
};
static_assert(sizeof(ScratchFloats) <= kLaneAttentionScratchBytes);

template <class Lanes, class Format, class Params>
__attribute__((noinline)) void score_part(const Params& p,
                                          float (&scores)[kBlockTokens][kBlockTokens],
                                          float* maxima, int block, int key, int token) {
  typename Lanes::Floats sums[Lanes::kChannels][Lanes::kRegisters];
#pragma GCC unroll 8
  for (int i = 0; i < Lanes::kChannels; ++i) {
    const bool counts = block * kBlockTokens + key + i < p.keys;
    const auto start = Lanes::all(counts ? 0.0f : kNoWeight);
#pragma GCC unroll 3
    for (int j = 0; j < Lanes::kRegisters; ++j) sums[i][j] = start;
  }
  const auto* q = reinterpret_cast<const std::int32_t*>(p.q) + token;
  const auto* k = reinterpret_cast<const std::int32_t*>(block_at(p.k, p.k_stride, block)) + key;
  multiply_groups<Lanes, typename Format::Dot>(q, k, kBlockTokens, kHeadWidth / Format::kPerDword,
                                               sums, p.k_stride);
  typename Lanes::Floats best[Lanes::kRegisters];
#pragma GCC unroll 3
  for (int j = 0; j < Lanes::kRegisters; ++j) {
    best[j] = Lanes::load(maxima + token + j * Lanes::kLanes);
  }
#pragma GCC unroll 8
  for (int i = 0; i < Lanes::kChannels; ++i) {
#pragma GCC unroll 3
    for (int j = 0; j < Lanes::kRegisters; ++j) {
      best[j] = Lanes::max(best[j], sums[i][j]);
      Lanes::store(scores[key + i] + token + j * Lanes::kLanes, sums[i][j]);
    }
  }
#pragma GCC unroll 3
  for (int j = 0; j < Lanes::kRegisters; ++j) {
    Lanes::store(maxima + token + j * Lanes::kLanes, best[j]);
  }
}

/// Weights of one block relative to `best`, and their sums added to `total`.
template <class Lanes, class Format>
__attribute__((noinline)) void weigh(const float* best, int keys,
                                     const float (&scores)[kBlockTokens][kBlockTokens],
                                     std::int32_t* weights, float* total) {
  for (int token = 0; token < kBlockTokens; token += Lanes::kLanes) {
    const auto from = Lanes::load(best + token);
    auto sum = Lanes::load(total + token);
    for (int key = 0; key < keys; key += 2) {
      const auto a =
          Lanes::exp2(Lanes::subtract(Lanes::load(scores[key] + token), from), Format::kExp);
      const auto b =
          Lanes::exp2(Lanes::subtract(Lanes::load(scores[key + 1] + token), from), Format::kExp);
      sum = Lanes::add(sum, Lanes::add(a, b));
      Format::store(weights, key, token, a, b);
    }
    Lanes::store(total + token, sum);
  }
}

template <class Lanes, class Format, class Params>
__attribute__((noinline)) void sum_part(const Params& p, const Tile& tile,
                                        const ScratchFloats& scratch, const AttentionState& state,
                                        int channel, int token) {
  typename Lanes::Floats sums[Lanes::kChannels][Lanes::kRegisters];
  float* out = p.out + channel * kBlockTokens + token;
#pragma GCC unroll 8
  for (int i = 0; i < Lanes::kChannels; ++i) {
#pragma GCC unroll 3
    for (int j = 0; j < Lanes::kRegisters; ++j) {
      const auto shrink = Lanes::load(state.shrink + token + j * Lanes::kLanes);
      sums[i][j] =
          tile.first == 0
              ? Lanes::all(0.0f)
              : Lanes::multiply(Lanes::load(out + i * kBlockTokens + j * Lanes::kLanes), shrink);
    }
  }
#pragma GCC unroll 1
  for (int i = 0; i < tile.count; ++i) {
    const auto* v =
        reinterpret_cast<const std::int32_t*>(block_at(p.v, p.v_stride, tile.first + i)) + channel;
    multiply_groups<Lanes, typename Format::Dot>(scratch.weights[i] + token, v, kHeadWidth,
                                                 tile.keys[i] / Format::kPerDword, sums,
                                                 p.v_stride);
  }
#pragma GCC unroll 8
  for (int i = 0; i < Lanes::kChannels; ++i) {
#pragma GCC unroll 3
    for (int j = 0; j < Lanes::kRegisters; ++j) {
      Lanes::store(out + i * kBlockTokens + j * Lanes::kLanes, sums[i][j]);
    }
  }
}

/// Makes the maxima in `gain` the best so far.
template <class Lanes>
void take_maxima(AttentionState& state) {
  for (int token = 0; token < kBlockTokens; token += Lanes::kLanes) {
    const auto now = Lanes::load(state.gain + token);
    const auto shrink = Lanes::exp2(Lanes::subtract(Lanes::load(state.best + token), now), kExp2);
    Lanes::store(state.best + token, now);
    Lanes::store(state.shrink + token, shrink);
    Lanes::store(state.total + token, Lanes::multiply(Lanes::load(state.total + token), shrink));
  }
}

template <class Lanes, class Format, class Params>
void lane_attention_floats(const Params& p) {
  auto& scratch = *reinterpret_cast<ScratchFloats*>(p.scratch);
  AttentionState state;
  begin(state);
  for (int block = 0; block * kBlockTokens < p.keys; block += kAttentionBlocks) {
    const Tile tile = tile_from(block, p.keys);
    for (int i = 0; i < kBlockTokens; ++i) state.gain[i] = state.best[i];
    for (int slot = 0; slot < tile.count; ++slot) {
      for_parts<Lanes>(tile.keys[slot], [&](int key, int token) {
        score_part<Lanes, Format>(p, scratch.scores[slot], state.gain, block + slot, key, token);
      });
    }
    take_maxima<Lanes>(state);
    for (int slot = 0; slot < tile.count; ++slot) {
      weigh<Lanes, Format>(state.best, tile.keys[slot], scratch.scores[slot], scratch.weights[slot],
                           state.total);
    }
    for_parts<Lanes>(kHeadWidth, [&](int channel, int token) {
      sum_part<Lanes, Format>(p, tile, scratch, state, channel, token);
    });
  }
  finish<Lanes>(state, p.out);
}

/// Weights in float32.
template <class Lanes, class DotFloats = DotF32<Lanes>>
struct FormatF32 {
  using Dot = DotFloats;
  static constexpr int kPerDword = 1;
  static constexpr const auto& kExp = kExp2;
  static void store(std::int32_t* weights, int key, int token, typename Lanes::Floats a,
                    typename Lanes::Floats b) {
    auto* out = reinterpret_cast<float*>(weights) + key * kBlockTokens + token;
    Lanes::store(out, a);
    Lanes::store(out + kBlockTokens, b);
  }
};

/// Weights in bfloat16, pairs of keys in a dword.
template <class Lanes, class DotBf16>
struct FormatBf16 {
  using Dot = DotBf16;
  static constexpr int kPerDword = 2;
  static constexpr const auto& kExp = kExp2Short;
  static void store(std::int32_t* weights, int key, int token, typename Lanes::Floats a,
                    typename Lanes::Floats b) {
    Lanes::store_ints(weights + key / 2 * kBlockTokens + token, Lanes::pack_bf16(a, b));
  }
};

}  // namespace
}  // namespace tessera::compute::kernels
