// The inner loop of all products of the lane_* kernels. `Dot` says what a dword holds: Sum, the
// type of a sum, and add(sum, x, weight), or add_group(sums, x, weight), which does so for all sums
// of a group and is so quick that weights have to be fetched ahead. Of a dot of unsigned and signed
// bytes also:
//   kMost       the largest weight of attention that it takes as an unsigned byte: 255, or 127
//   kIsCentred  whether it takes 128 off the unsigned bytes of x by itself, so that sums begin
//               without what does that otherwise
#pragma once

#include "src/compute/kernels/lane_abi.h"

namespace tessera::compute::kernels {
namespace {

/// One float per dword.
template <class Lanes>
struct DotF32 {
  using Sum = typename Lanes::Floats;
  static void add(Sum& sum, typename Lanes::Ints x, typename Lanes::Ints weight) {
    sum = Lanes::multiply_add(Lanes::as_floats(x), Lanes::as_floats(weight), sum);
  }
};

/// sums[i][j] += dot of dword i of each group of `weight` (groups, weight_stride) with the tokens
/// of register j of `x` (groups, 48). `groups` is even. `ahead`: bytes from the weights to those
/// that are wanted next.
template <class Lanes, class Dot>
inline __attribute__((always_inline)) void multiply_groups(
    const void* x, const void* weight, int weight_stride, int groups,
    typename Dot::Sum (&sums)[Lanes::kChannels][Lanes::kRegisters],
    [[maybe_unused]] std::ptrdiff_t ahead = 0) {
  const auto* inputs = static_cast<const std::int32_t*>(x);
  const auto* weights = static_cast<const std::int32_t*>(weight);
  // Where GCC 12 knows their number, it moves sums from register to register, and one to the stack.
  asm("" : "+r"(groups));
#pragma GCC unroll 1
  for (int group = 0; group < groups; group += 2) {
#pragma GCC unroll 2
    for (int step = 0; step < 2; ++step) {
      if constexpr (requires { Dot::add_group(sums, inputs, weights); }) {
        Dot::add_group(sums, inputs, weights);
        __builtin_prefetch(reinterpret_cast<const char*>(weights) + ahead);
      } else {
        typename Lanes::Ints input[Lanes::kRegisters];
#pragma GCC unroll 3
        for (int j = 0; j < Lanes::kRegisters; ++j) {
          input[j] = Lanes::load_ints(inputs + j * Lanes::kLanes);
        }
#pragma GCC unroll 8
        for (int i = 0; i < Lanes::kChannels; ++i) {
          const typename Lanes::Ints broadcast = Lanes::load_all(weights + i);
#pragma GCC unroll 3
          for (int j = 0; j < Lanes::kRegisters; ++j) Dot::add(sums[i][j], input[j], broadcast);
        }
      }
      inputs += kBlockTokens;
      weights += weight_stride;
    }
  }
}

/// Calls part(channel, token) for each part of a block that a product sums up at a time.
template <class Lanes, class Part>
inline void for_parts(int channels, Part part) {
  static_assert(kBlockPanel % Lanes::kChannels == 0);
  static_assert(kBlockTokens % (Lanes::kLanes * Lanes::kRegisters) == 0);
  for (int channel = 0; channel < channels; channel += Lanes::kChannels) {
    for (int token = 0; token < kBlockTokens; token += Lanes::kLanes * Lanes::kRegisters) {
      part(channel, token);
    }
  }
}

/// Dword `channel` of a weight matrix of (channels / 8, groups, 8) dwords.
inline const std::int32_t* panel_at(const void* weight, int channel, int groups) {
  return static_cast<const std::int32_t*>(weight) +
         static_cast<std::ptrdiff_t>(channel / kBlockPanel) * groups * kBlockPanel +
         channel % kBlockPanel;
}

/// Stores one channel of a linear kernel for the tokens from `token` on: activation, addend.
template <class Lanes>
inline __attribute__((always_inline)) void finish_channel(
    const LaneEpilogue& epilogue, int channel, int token,
    typename Lanes::Floats (&values)[Lanes::kRegisters]) {
  if (epilogue.gelu) Lanes::gelu(values);
  const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(channel) * kBlockTokens + token;
#pragma GCC unroll 3
  for (int j = 0; j < Lanes::kRegisters; ++j) {
    const std::ptrdiff_t lanes = at + j * Lanes::kLanes;
    if (epilogue.addend != nullptr) {
      values[j] = Lanes::add(values[j], Lanes::load(epilogue.addend + lanes));
    }
    Lanes::store(epilogue.out + lanes, values[j]);
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
