// lane_linear_i8 for any Lanes, with a Dot of unsigned and signed bytes.
#pragma once

#include "src/compute/kernels/lane_product_inl.h"

namespace tessera::compute::kernels {
namespace {

template <class Lanes, class Dot>
__attribute__((noinline)) void lane_linear_i8_part(const LaneLinearI8Params& p, int channel,
                                                   int token) {
  const int groups = p.depth / 4;
  typename Lanes::Ints sums[Lanes::kChannels][Lanes::kRegisters];
#pragma GCC unroll 8
  for (int i = 0; i < Lanes::kChannels; ++i) {
    const typename Lanes::Ints start =
        Dot::kIsCentred ? Lanes::all_ints(0) : Lanes::load_all(p.offsets + channel + i);
#pragma GCC unroll 3
    for (int j = 0; j < Lanes::kRegisters; ++j) sums[i][j] = start;
  }
  multiply_groups<Lanes, Dot>(p.x + token * 4, panel_at(p.weight, channel, groups), kBlockPanel,
                              groups, sums);
  typename Lanes::Floats scales[Lanes::kRegisters];
#pragma GCC unroll 3
  for (int j = 0; j < Lanes::kRegisters; ++j) {
    scales[j] = Lanes::load(p.x_scales + token + j * Lanes::kLanes);
  }
#pragma GCC unroll 8
  for (int i = 0; i < Lanes::kChannels; ++i) {
    const typename Lanes::Floats unit = Lanes::all(p.weight_scales[channel + i]);
    const typename Lanes::Floats bias = Lanes::all(p.bias[channel + i]);
    typename Lanes::Floats values[Lanes::kRegisters];
#pragma GCC unroll 3
    for (int j = 0; j < Lanes::kRegisters; ++j) {
      values[j] =
          Lanes::multiply_add(Lanes::multiply(Lanes::to_floats(sums[i][j]), unit), scales[j], bias);
    }
    finish_channel<Lanes>(p.epilogue, channel + i, token, values);
  }
}

template <class Lanes, class Dot>
void lane_linear_i8(const LaneLinearI8Params& p) {
  for_parts<Lanes>(p.channels, [&](int channel, int token) {
    lane_linear_i8_part<Lanes, Dot>(p, channel, token);
  });
}

}  // namespace
}  // namespace tessera::compute::kernels
