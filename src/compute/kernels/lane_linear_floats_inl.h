// lane_linear_bf16 and lane_linear_f32 for any Lanes: `Dot` of pairs of bfloat16 or of floats.
#pragma once

#include "src/compute/kernels/lane_product_inl.h"

namespace tessera::compute::kernels {
namespace {

template <class Lanes, class Dot, class Params>
__attribute__((noinline)) void lane_linear_part(const Params& p, int groups, int channel,
                                                int token) {
  typename Dot::Sum sums[Lanes::kChannels][Lanes::kRegisters];
#pragma GCC unroll 8
  for (int i = 0; i < Lanes::kChannels; ++i) {
    const typename Lanes::Floats start = Lanes::all(p.bias[channel + i]);
#pragma GCC unroll 3
    for (int j = 0; j < Lanes::kRegisters; ++j) sums[i][j] = start;
  }
  // (groups, 48) dwords
  const auto* x = reinterpret_cast<const std::int32_t*>(p.x) + token;
  multiply_groups<Lanes, Dot>(x, panel_at(p.weight, channel, groups), kBlockPanel, groups, sums);
#pragma GCC unroll 8
  for (int i = 0; i < Lanes::kChannels; ++i) {
    finish_channel<Lanes>(p.epilogue, channel + i, token, sums[i]);
  }
}

/// `depth_of_group`: numbers in a dword.
template <class Lanes, class Dot, class Params>
void lane_linear_floats(const Params& p, int depth_of_group) {
  const int groups = p.depth / depth_of_group;
  for_parts<Lanes>(p.channels, [&](int channel, int token) {
    lane_linear_part<Lanes, Dot>(p, groups, channel, token);
  });
}

}  // namespace
}  // namespace tessera::compute::kernels
