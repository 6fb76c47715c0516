// The bfloat16 kernels of an AIE2 core besides attention, as functions of buffers in its memory.
// Whoever includes this has included a header that knows bfloat16.
#pragma once

#include <stdint.h>

extern "C" {

/// c (m/4, n/4, 4, 4) = 0.
void matmul_bf16_begin(float* c, int32_t m, int32_t n);
/// c += a (m/4, k/8, 4, 8) b (k/8, n/4, 8, 4); m and n multiples of 16, k of 32.
void matmul_bf16_add(const bfloat16* a, const bfloat16* b, float* c, int32_t m, int32_t k,
                     int32_t n);
/// out = c + bias, where `bias` (n/4, 4, 4) has every number in four rows.
void matmul_bf16_end(const float* c, const bfloat16* bias, bfloat16* out, int32_t m, int32_t n);

/// Softmax of rows of numbers in octaves (times log2(e) already); `columns` a multiple of 32, what
/// is no column is -2^127 or less. out may be in.
void softmax_bf16(const bfloat16* in, bfloat16* out, int32_t rows, int32_t columns);

/// out = (in - mean) / sqrt(variance + eps) of each row; gamma and beta belong to the product that
/// follows. `columns` a multiple of 16; 1 / columns in two parts, a bfloat16's bits each; eps the
/// bits of a float32.
void layer_norm_bf16(const bfloat16* in, bfloat16* out, int32_t rows, int32_t columns,
                     int32_t share_high, int32_t share_low, int32_t eps);

/// out = in * Phi(in), within 0.0015 before it is rounded; `count` a multiple of 16.
void gelu_bf16(const bfloat16* in, bfloat16* out, int32_t count);
}
