// What the NEON variants of matmul_i8 read.
#pragma once

#include <arm_neon.h>

#include "src/compute/kernels/matmul_blocks_inl.h"

namespace tessera::compute::kernels {
namespace {

/// 4 columns of 4 channels of a panel, 128 taken off.
inline int8x16_t load_columns(const std::uint8_t* from) {
  return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(from), vdupq_n_u8(0x80)));
}

/// The next `count` channels of a row, 1 to 4, and zeros. Fewer than 4 by shifts, for a call of
/// memcpy would move all accumulators to the stack and back.
inline std::uint32_t load_channels(const std::int8_t* from, int count) {
  std::uint32_t word = 0;
  if (count == 4) {
    __builtin_memcpy(&word, from, sizeof word);
    return word;
  }
  for (int i = 0; i < count; ++i) {
    word |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(from[i])) << (8 * i);
  }
  return word;
}

}  // namespace
}  // namespace tessera::compute::kernels
