// The kernels of an encoder layer in bfloat16 for an AIE2 core, as functions of buffers in its
// memory: those of npu's EncoderKernels. Whoever includes this has included a header that knows
// bfloat16.
//
// Panels have 4096 bytes: A (16, 4, 4, 8), 64 rows x 32; B (4, 16, 8, 4), 32 rows x 64; C (16, 8,
// 4, 4), 64 rows x 32. Sums are (16, 16, 4, 4) float32 of 64 x 64.
#pragma once

#include <stdint.h>

#include "src/compute/kernels/flash_attention/flash_attention_aie2.h"

namespace tessera::compute::kernels::aie2 {

inline constexpr int kEncoderPanelBytes = 4096;
inline constexpr int kEncoderSumsBytes = 64 * 64 * 4;
inline constexpr int kEncoderParameterBytes = 32;  ///< none are kept: the bias is in the sums
inline constexpr int kEncoderQueryBytes = 2 * kEncoderPanelBytes;

/// What attention keeps beside its sums: scores, maxima, totals, what sums are to be multiplied by
/// (16, 16) and for which blocks of rows.
inline constexpr int kAttendMaxima = kFlashScoresBytes;
inline constexpr int kAttendTotals = kAttendMaxima + kFlashMaximaBytes;
inline constexpr int kAttendFactors = kAttendTotals + kFlashTotalsBytes;
inline constexpr int kAttendChanged = kAttendFactors + 16 * 16 * 2;
inline constexpr int kAttendStateBytes = kAttendChanged + 32;

/// LayerNorm's: of 16 pairs of rows, 16 lanes each, sums and sums of squares, which become minus
/// the mean and 1 / deviation in two parts; then the width, and whether they have become it.
inline constexpr int kNormPairs = 16;
inline constexpr int kNormSquares = kNormPairs * 16 * 4;
inline constexpr int kNormNumbers = 2 * kNormSquares;
inline constexpr int kNormStateBytes = kNormNumbers + 32;

}  // namespace tessera::compute::kernels::aie2

extern "C" {

/// sums = bias, whose two parts lie in rows 0 to 3 and 4 to 7 of the panel, each four times.
void encoder_bf16_begin(const bfloat16* panel, float* sums, bfloat16* parameters);
/// sums += a b, of 32 along k.
void encoder_bf16_multiply(const bfloat16* a, const bfloat16* b, float* sums);
/// out = sums, of columns 32 part to 32 part + 31.
void encoder_bf16_store(const float* sums, const bfloat16* parameters, bfloat16* out, int32_t part);
/// out = gelu(sums) likewise.
void encoder_bf16_store_gelu(const float* sums, const bfloat16* parameters, bfloat16* out,
                             int32_t part);
/// kept (parts, a panel) = panel.
void encoder_bf16_take(const bfloat16* panel, bfloat16* kept, int32_t part);

/// No key so far.
void encoder_bf16_attend_begin(float* sums, bfloat16* state);
/// Weights of `valid` keys, 1 to 32. q: two panels of A; keys: a panel of B, whose rows are finite.
/// Scores are q k^T in octaves: q has the factor log2(e) / sqrt(64) already.
void encoder_bf16_attend_keys(const bfloat16* q, const bfloat16* keys, bfloat16* state,
                              int32_t valid);
/// sums += weights * values, after what the keys before weigh less than they did.
void encoder_bf16_attend_values(const bfloat16* values, float* sums, bfloat16* state);
/// out = sums / totals, of columns 32 part to 32 part + 31.
void encoder_bf16_attend_finish(const float* sums, bfloat16* state, bfloat16* out, int32_t part);

/// No number of 32 rows of `width` so far.
void encoder_bf16_norm_begin(float* state, int32_t width);
/// sum = x + y of 32 rows x 64, rounded. As rows of 32 each row of x and of sum is two, the
/// half of the first 32 columns first; y is a panel of B.
void encoder_bf16_norm_add(const bfloat16* x, const bfloat16* y, float* state, bfloat16* sum);
/// out = (x + y - mean) / sqrt(variance + 1e-5) of each row, likewise. part is 0.
void encoder_bf16_norm_write(const bfloat16* x, const bfloat16* y, float* state, bfloat16* out,
                             int32_t part);
}
