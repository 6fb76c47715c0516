// lane_linear_bf16 and lane_linear_f32 for any Lanes: `Dot` of pairs of bfloat16 or of floats.
#pragma once

#include <algorithm>
#include <limits>

#include "src/compute/kernels/lane_product_inl.h"

namespace tessera::compute::kernels {
namespace {

/// Channels whose sums wait while others are added to.
inline constexpr int kChannelsAtATime = 64;

/// The sums of some channels for the tokens that one part of a product has.
template <class Lanes>
struct WaitingSums {
  alignas(64) float of[kChannelsAtATime][Lanes::kLanes * Lanes::kRegisters];
};

/// Groups `first` to `last` of `groups`, for the channels from `channel` on, whose sums wait at
/// `waiting` between its calls.
template <class Lanes, class Dot, class Params>
__attribute__((noinline)) void lane_linear_part(
    const Params& p, int groups, int first, int last, int channel, int token,
    float (*waiting)[Lanes::kLanes * Lanes::kRegisters]) {
  typename Dot::Sum sums[Lanes::kChannels][Lanes::kRegisters];
  if (first == 0) {
#pragma GCC unroll 8
    for (int i = 0; i < Lanes::kChannels; ++i) {
      const typename Lanes::Floats start = Lanes::all(p.bias[channel + i]);
#pragma GCC unroll 3
      for (int j = 0; j < Lanes::kRegisters; ++j) sums[i][j] = start;
    }
  } else {
#pragma GCC unroll 8
    for (int i = 0; i < Lanes::kChannels; ++i) {
#pragma GCC unroll 3
      for (int j = 0; j < Lanes::kRegisters; ++j) {
        sums[i][j] = Lanes::load(waiting[i] + j * Lanes::kLanes);
      }
    }
  }
  // (groups, 48) dwords
  const auto* x = reinterpret_cast<const std::int32_t*>(p.x) +
                  static_cast<std::ptrdiff_t>(first) * kBlockTokens + token;
  const std::int32_t* weight =
      panel_at(p.weight, channel, groups) + static_cast<std::ptrdiff_t>(first) * kBlockPanel;
  const std::ptrdiff_t next_panel = static_cast<std::ptrdiff_t>(groups) * kBlockPanel * 4;
  multiply_groups<Lanes, Dot>(x, weight, kBlockPanel, last - first, sums, next_panel);
  if (last == groups) {
#pragma GCC unroll 8
    for (int i = 0; i < Lanes::kChannels; ++i) {
      finish_channel<Lanes>(p.epilogue, channel + i, token, sums[i]);
    }
  } else {
#pragma GCC unroll 8
    for (int i = 0; i < Lanes::kChannels; ++i) {
#pragma GCC unroll 3
      for (int j = 0; j < Lanes::kRegisters; ++j) {
        Lanes::store(waiting[i] + j * Lanes::kLanes, sums[i][j]);
      }
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
  WaitingSums<Lanes> waiting;
  const int groups = p.depth / depth_of_group;
  for (int begin = 0; begin < p.channels; begin += kChannelsAtATime) {
    const int end = std::min(begin + kChannelsAtATime, p.channels);
    for (int token = 0; token < kBlockTokens; token += kTokens) {
      for (int first = 0; first < groups;) {
        const int last = first + std::min(groups_at_a_time, groups - first);
        for (int channel = begin; channel < end; channel += Lanes::kChannels) {
          lane_linear_part<Lanes, Dot>(p, groups, first, last, channel, token,
                                       waiting.of + (channel - begin));
        }
        first = last;
      }
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
