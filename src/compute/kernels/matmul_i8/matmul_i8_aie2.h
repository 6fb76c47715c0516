// Integer matrix products on an AIE2 core, as functions of buffers in its memory, and what goes
// before and after them.
//
// Blocks: A is blocks of 4 x 8, (rows, depth, 4, 8); B of 8 x 8, (depth, columns, 8, 8); C of 4 x
// 8, (rows, columns, 4, 8). Rows of blocks come in fours, columns in twos: the accumulators of a
// core.
#pragma once

#include <stdint.h>

namespace tessera::compute::kernels::aie2 {

inline constexpr int kRowBlocksAtOnce = 4;
inline constexpr int kColumnBlocksAtOnce = 2;

}  // namespace tessera::compute::kernels::aie2

extern "C" {

/// c += a b.
void matmul_i8_i32(const int8_t* a, const int8_t* b, int32_t* c, int32_t rows, int32_t depth,
                   int32_t columns);
/// c = round(a b / 2^shift), halves to even, clamped to 16 or 8 bits.
void matmul_i8_i16(const int8_t* a, const int8_t* b, int16_t* c, int32_t rows, int32_t depth,
                   int32_t columns, int32_t shift);
void matmul_i8_i8(const int8_t* a, const int8_t* b, int8_t* c, int32_t rows, int32_t depth,
                  int32_t columns, int32_t shift);

/// c = 0, of `blocks` blocks of 32 sums.
void clear_i32(int32_t* c, int32_t blocks);
/// out = round(c * multiplier / 2^shift), halves to even, clamped to 8 bits; `multiplier` has 16
/// bits, `shift` is from 0 to 47.
void requantise_i32_i8(const int32_t* c, int8_t* out, int32_t blocks, int32_t multiplier,
                       int32_t shift);
/// (rows, columns, 8, 8) to its transpose (columns, rows, 8, 8).
void transpose_i8(const int8_t* in, int8_t* out, int32_t rows, int32_t columns);
}
