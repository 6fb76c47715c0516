// Sums of 32 channels of 48 tokens in six tiles, tdpbf16ps.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_linear_amx_inl.h"

namespace tessera::compute::kernels {

const char* lane_linear_bf16_amx(const LaneLinearBf16Params& p) noexcept {
  constexpr int kRow = kTileRowBytes / 2;  // numbers of a channel in a tile
  TileOperands operands;
  operands.x = reinterpret_cast<const std::byte*>(p.x);
  operands.weight = reinterpret_cast<const std::byte*>(p.weight);
  operands.steps = p.depth / kRow;
  operands.rest = p.depth % kRow / 2;
  multiply_tiles<TileBf16>(operands, p.channels, [&](int channel, const std::byte* sums) {
    const auto* row = reinterpret_cast<const float*>(sums);
    const Lanes::Floats bias = Lanes::all(p.bias[channel]);
    Lanes::Floats values[Lanes::kRegisters];
#pragma GCC unroll 3
    for (int j = 0; j < Lanes::kRegisters; ++j) {
      values[j] = Lanes::add(Lanes::load(row + j * Lanes::kLanes), bias);
    }
    finish_channel<Lanes>(p.epilogue, channel, 0, values);
  });
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
