// Sums of 32 channels of 48 tokens in six tiles, tdpbsud.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/lane_linear_amx_inl.h"

namespace tessera::compute::kernels {

const char* lane_linear_i8_amx(const LaneLinearI8Params& p) noexcept {
  constexpr int kRow = kTileRowBytes;  // bytes of a channel in a tile
  TileOperands operands;
  operands.x = reinterpret_cast<const std::byte*>(p.x);
  operands.weight = reinterpret_cast<const std::byte*>(p.weight);
  operands.steps = p.depth / kRow;
  operands.rest = p.depth % kRow / 4;
  Lanes::Floats scales[Lanes::kRegisters];
  for (int j = 0; j < Lanes::kRegisters; ++j) {
    scales[j] = Lanes::load(p.x_scales + j * Lanes::kLanes);
  }
  multiply_tiles<TileBytes>(operands, p.channels, [&](int channel, const std::byte* sums) {
    const Lanes::Ints start = Lanes::load_all(p.offsets + channel);
    const Lanes::Floats unit = Lanes::all(p.weight_scales[channel]);
    const Lanes::Floats bias = Lanes::all(p.bias[channel]);
    Lanes::Floats values[Lanes::kRegisters];
#pragma GCC unroll 3
    for (int j = 0; j < Lanes::kRegisters; ++j) {
      const Lanes::Ints sum = Lanes::add_ints(Lanes::load_ints(sums + j * kTileRowBytes), start);
      values[j] =
          Lanes::multiply_add(Lanes::multiply(Lanes::to_floats(sum), unit), scales[j], bias);
    }
    finish_channel<Lanes>(p.epilogue, channel, 0, values);
  });
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
