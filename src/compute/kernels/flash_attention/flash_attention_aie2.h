// Attention in bfloat16 on an AIE2 core, as functions of buffers in its memory: 64 queries, 32 keys
// at a time, heads of 64. Whoever includes this has included a header that knows bfloat16.
//
// Blocks of products with mmul 4x8x4: q (16, 8, 4, 8) and k (8, 8, 4, 8) are blocks of 4 rows x 8
// columns, v (4, 16, 8, 4) of 8 keys x 4 columns, out (16, 16, 4, 4). A transfer makes them of rows
// on its way, for its runs of 8 bytes are whole words.
#pragma once

#include <stdint.h>

namespace tessera::compute::kernels::aie2 {

inline constexpr int kFlashQueries = 64, kFlashKeys = 32;
inline constexpr int kFlashQueryBytes = kFlashQueries * 64 * 2;  ///< of q, and of out
inline constexpr int kFlashKeyBytes = kFlashKeys * 64 * 2;       ///< of k, and of v
/// Scratch: scores, which become weights.
inline constexpr int kFlashScoresBytes = kFlashQueries * kFlashKeys * 4;
// What is kept of 64 queries from keys to keys: `sums` (16, 16, 4, 4) of weighted values; `maxima`
// (3, 64, 4), of which the last third is scratch; `totals` (64, 4), whose lanes add up to a row's.
inline constexpr int kFlashSumsBytes = kFlashQueries * 64 * 4;
inline constexpr int kFlashMaximaBytes = 3 * kFlashQueries * 4 * 2;
inline constexpr int kFlashTotalsBytes = kFlashQueries * 4 * 4;

}  // namespace tessera::compute::kernels::aie2

extern "C" {

/// No key so far.
void attention_bf16_begin(float* sums, bfloat16* maxima, float* totals);

/// Adds `keys` keys, 1 to 32; what k and v hold past them is finite and does not matter. Scores are
/// q k^T in octaves: q has the factor log2(e) / sqrt(64) already.
void attention_bf16_pair(const bfloat16* q, const bfloat16* k, const bfloat16* v, float* scores,
                         float* sums, bfloat16* maxima, float* totals, int32_t keys);

/// out = sums / totals.
void attention_bf16_end(const float* sums, bfloat16* maxima, float* totals, bfloat16* out);
}
