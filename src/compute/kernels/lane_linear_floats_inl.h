// lane_linear_bf16 and lane_linear_f32 for any Lanes: `Dot` of pairs of bfloat16 or of floats.
#pragma once

#include <algorithm>
#include <limits>

#include "src/compute/kernels/lane_product_inl.h"

namespace tessera::compute::kernels {
namespace {

/// Channels whose sums wait while others are added to.
inline constexpr int kChannelsAtATime = 64;

/// The sums of a channel for the tokens that one part of a product has.
template <class Lanes>
using WaitingSums = float[Lanes::kLanes * Lanes::kRegisters];

/// Groups `first` to `last` of `count`.
struct GroupRange {
  int count, first, last;
};

/// sums[i][j] = start(i, j).
template <class Lanes, class Start>
inline __attribute__((always_inline)) void start_sums(
    typename Lanes::Floats (&sums)[Lanes::kChannels][Lanes::kRegisters], Start start) {
#pragma GCC unroll 8
  for (int i = 0; i < Lanes::kChannels; ++i) {
#pragma GCC unroll 3
    for (int j = 0; j < Lanes::kRegisters; ++j) sums[i][j] = start(i, j);
  }
}

/// The channels from `channel` on. Between the first groups and the last their sums lie in
/// `waiting`.
template <class Lanes, class Dot, class Params>
__attribute__((noinline)) void lane_linear_part(const Params& p, GroupRange groups, int channel,
                                                int token, WaitingSums<Lanes>* waiting) {
  typename Lanes::Floats sums[Lanes::kChannels][Lanes::kRegisters];
  if (groups.first == 0) {
    start_sums<Lanes>(sums, [&](int i, int) { return Lanes::all(p.bias[channel + i]); });
  } else {
    start_sums<Lanes>(sums,
                      [&](int i, int j) { return Lanes::load(waiting[i] + j * Lanes::kLanes); });
  }
  // (groups, 48) dwords
  const auto* x = reinterpret_cast<const std::int32_t*>(p.x) +
                  static_cast<std::ptrdiff_t>(groups.first) * kBlockTokens + token;
  const std::int32_t* weight = panel_at(p.weight, channel, groups.count) +
                               static_cast<std::ptrdiff_t>(groups.first) * kBlockPanel;
  const std::ptrdiff_t next_panel =
      static_cast<std::ptrdiff_t>(groups.count) * kBlockPanel * sizeof(std::int32_t);
  multiply_groups<Lanes, Dot>(x, weight, kBlockPanel, groups.last - groups.first, sums, next_panel);
#pragma GCC unroll 8
  for (int i = 0; i < Lanes::kChannels; ++i) {
    if (groups.last == groups.count) {
      finish_channel<Lanes>(p.epilogue, channel + i, token, sums[i]);
      continue;
    }
#pragma GCC unroll 3
    for (int j = 0; j < Lanes::kRegisters; ++j) {
      Lanes::store(waiting[i] + j * Lanes::kLanes, sums[i][j]);
    }
  }
}

/// `depth_of_group`: numbers in a dword. `groups_at_a_time`: dwords of a token that
/// kChannelsAtATime channels have of it before they take the next ones; even.
template <class Lanes, class Dot, class Params>
void lane_linear_floats(const Params& p, int depth_of_group,
                        int groups_at_a_time = std::numeric_limits<int>::max()) {
  constexpr int kTokens = Lanes::kLanes * Lanes::kRegisters;
  static_assert(kBlockPanel % Lanes::kChannels == 0 && kChannelsAtATime % kBlockPanel == 0);
  static_assert(kBlockTokens % kTokens == 0);
  alignas(64) WaitingSums<Lanes> waiting[kChannelsAtATime];
  const int groups = p.depth / depth_of_group;
  for (int begin = 0; begin < p.channels; begin += kChannelsAtATime) {
    const int end = std::min(begin + kChannelsAtATime, p.channels);
    for (int token = 0; token < kBlockTokens; token += kTokens) {
      for (int first = 0; first < groups;) {
        const int last = first + std::min(groups_at_a_time, groups - first);
        for (int channel = begin; channel < end; channel += Lanes::kChannels) {
          lane_linear_part<Lanes, Dot>(p, {groups, first, last}, channel, token,
                                       waiting + (channel - begin));
        }
        first = last;
      }
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
