#include "src/compute/cpu/conv_stem.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tessera::compute::cpu {
namespace {

using kernels::kBlockTokens;

/// Frames at times 2 (48 block + i) + offset for i in [0, 48), zero outside of the window.
void take_frames(std::span<const float> row, int block, int offset, float* out) {
  const int first = 2 * kBlockTokens * block + offset, count = static_cast<int>(row.size());
  if (first >= 0 && first + 2 * kBlockTokens - 1 <= count) {
    const float* from = row.data() + first;
    for (int i = 0; i < kBlockTokens; ++i) out[i] = from[2 * i];
    return;
  }
  for (int i = 0; i < kBlockTokens; ++i) {
    const int time = first + 2 * i;
    out[i] = time >= 0 && time < count ? row[static_cast<std::size_t>(time)] : 0.0f;
  }
}

bool all_finite(const float* values, std::size_t count) {
  constexpr std::uint32_t kExponent = 0x7f800000;
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    largest = std::max(largest, std::bit_cast<std::uint32_t>(values[i]) & kExponent);
  }
  return largest != kExponent;
}

/// Plane `odd` one position later: (rows, 48) dwords of position i - 1. `before`: the block in
/// front of it, or null for zeros.
void shift_block(const std::byte* block, const std::byte* before, std::size_t bytes,
                 std::byte* out) {
  constexpr std::size_t kDword = 4, kRow = kBlockTokens * kDword;
  for (std::size_t row = 0; row < bytes; row += kRow) {
    if (before != nullptr) {
      std::memcpy(out + row, before + row + kRow - kDword, kDword);
    } else {
      std::memset(out + row, 0, kDword);
    }
    std::memcpy(out + row + kDword, block + row, kRow - kDword);
  }
}

float* floats(const base::AlignedBytes& memory) { return reinterpret_cast<float*>(memory.get()); }

}  // namespace

StemPlanes::StemPlanes(Number number, int width, int blocks)
    : bytes_(operand_bytes(number, width)),
      even_(base::allocate_aligned(bytes_ * static_cast<std::size_t>(blocks))),
      odd_(base::allocate_aligned(bytes_ * static_cast<std::size_t>(blocks))) {}

StemScratch::StemScratch(const ModelDims& dims, Number number)
    : frames(base::allocate_aligned(operand_bytes(Number::f32, 4 * dims.n_mels))),
      conv(base::allocate_aligned(operand_bytes(Number::f32, dims.n_audio_state))),
      operand(number, std::max(4 * dims.n_mels, 3 * dims.n_audio_state)) {}

bool run_conv1(const StemContext& context, const TensorView& mel, int block, StemPlanes& planes,
               StemScratch& scratch) {
  const int bands = context.dims.n_mels, width = context.dims.n_audio_state;
  const Number number = context.pack.conv1.number();
  float* frames = floats(scratch.frames);
  for (int offset = -1; offset <= 2; ++offset) {
    for (int band = 0; band < bands; ++band) {
      take_frames(mel.row<float>(band), block, offset,
                  frames + ((offset + 1) * bands + band) * kBlockTokens);
    }
  }
  const std::size_t count = static_cast<std::size_t>(4 * bands) * kBlockTokens;
  if (!all_finite(frames, count)) return false;
  const LaneOperand operand =
      scratch.operand.prepare(context.kernels, frames, 4 * bands, kernels::LaneNorm::none, number);
  kernels::LaneEpilogue epilogue;
  epilogue.gelu = true;
  epilogue.out = floats(scratch.conv);
  for (const bool odd : {false, true}) {
    const LaneOperand taps{operand.data + (odd ? operand_bytes(number, bands) : 0), nullptr};
    context.pack.conv1.run(context.kernels, context.store, taps, epilogue);
    std::byte* out = odd ? planes.odd(block) : planes.even(block);
    if (number == Number::f32) {
      std::memcpy(out, scratch.conv.get(), planes.block_bytes());
      continue;
    }
    kernels::LanePrepareParams p;
    p.x = floats(scratch.conv);
    p.channels = width;
    p.format = kernels::LaneFormat::bf16;
    p.out = out;
    context.kernels.lane_prepare.run(p);
  }
  return true;
}

void run_conv2(const StemContext& context, StemPlanes& planes, int block, StemScratch& scratch,
               float* out) {
  const std::size_t bytes = planes.block_bytes();
  std::byte* taps = scratch.operand.data();
  shift_block(planes.odd(block), block > 0 ? planes.odd(block - 1) : nullptr, bytes, taps);
  std::memcpy(taps + bytes, planes.even(block), bytes);
  std::memcpy(taps + 2 * bytes, planes.odd(block), bytes);
  kernels::LaneEpilogue epilogue;
  epilogue.gelu = true;
  epilogue.addend = context.store.at(context.pack.positions) +
                    static_cast<std::size_t>(block) *
                        static_cast<std::size_t>(context.dims.n_audio_state) * kBlockTokens;
  epilogue.out = out;
  context.pack.conv2.run(context.kernels, context.store, {taps, nullptr}, epilogue);
  if (!context.pack.rotated) return;
  kernels::LaneRotateParams p;
  p.x = out;
  p.channels = context.dims.n_audio_state;
  context.kernels.lane_rotate.run(p);
}

}  // namespace tessera::compute::cpu
