// The kernels of an int8 encoder on an AIE2 core (plan/builders/encoder_plan.h), as functions of
// buffers in its memory, and what these buffers hold.
//
// Blocks are those of mmul 4x8x8: A, queries, results (16, 8, 4, 8); B, K and V (8, 8, 8, 8); sums
// (16, 8, 4, 8). Numbers per column lie as often as a register has rows. A product's result is
//
//   bytes:  round(sum * multiplier / 2^shift)
//   GELU:   x = round(sum * multiplier / 2^shift), in 2^(coarse - 10), 16 bits;
//           round((zero * 2^s + gelu(x) * gelu_multiplier) / 2^s), s = gelu_shift
//   wide:   bfloat16(round(sum * multiplier / 2^shift)), the integer within 2^22
//
// rounded to the nearest, halves to even, and clamped to what has room; around GELU the lowest
// integer of 8 or 16 bits is not used.
#pragma once

#include <stdint.h>

#include "src/compute/kernels/tile_attention/octave_softmax.h"
#include "src/compute/kernels/tile_attention/tile_attention_aie2.h"

namespace tessera::compute::kernels::aie2 {

inline constexpr int kPanelI8Bytes = 64 * 64;
/// Heads of a column of cores: a group of four columns is one head each.
inline constexpr int kMostHeadGroups = 8;
inline constexpr int kTableEntries = (kWeightEntries + 31) / 32 * 32;

/// What a product keeps of its parameters.
struct alignas(32) ColumnScalesI8 {
  int16_t multiplier[8][2][8];       ///< (blocks of columns, 2 rows, 8 columns)
  int16_t gelu_multiplier[8][4][8];  ///< likewise, 4 rows
  int16_t zero[8][4][8];             ///< int8 that stands for 0 after GELU
  int32_t shift;
  int32_t gelu_shift;
  int32_t coarse;  ///< bits that x has less after the point than kGeluFraction, at most 9
  int32_t unused[5];
};

/// How a head's integers are meant, see octave_softmax.h.
struct HeadScaleI8 {
  int32_t score_shift, multiplier, step_shift, unused;
};

/// A product's panel of parameters for 64 columns, as a core reads it.
struct alignas(32) ParameterPanelI8 {
  int32_t bias[64];
  ColumnScalesI8 scales;
  /// Of the block of queries of a head: its scale, 1 and which group of four heads it is in, or 0
  /// in other blocks; how many blocks of queries its core has; and kWeightTable.
  HeadScaleI8 head;
  int32_t head_group_and_1;
  int32_t query_blocks;
  int32_t unused[2];
  uint8_t weights[kTableEntries];
};
static_assert(sizeof(ParameterPanelI8) <= kPanelI8Bytes, "parameters fit a panel");

/// Sums, and what attention, which is given them too, needs to know of its heads. The products
/// before it leave that here.
struct alignas(32) SumsI8 {
  int32_t sums[64 * 64];
  uint8_t weights[kTableEntries];
  HeadScaleI8 heads[kMostHeadGroups];
  int32_t query_blocks;
  int32_t block;  ///< which one of its head comes next
  int32_t group;  ///< and which head
  int32_t unused[5];
};

/// What attention keeps. The copies of the table are a bank and a table apart, so that they are
/// never in one bank, wherever this lies.
struct alignas(32) AttentionStateI8 {
  int16_t table_ab[2 * kTableEntries];
  int16_t scores[64 * 64];
  uint8_t weights[64 * 64];
  int32_t totals[kTotalsBytes / 4];
  int16_t bases[kBasesBytes / 2];
  HeadScaleI8 head;
  uint32_t raised;  ///< blocks of queries whose sums are to be scaled
  int32_t unused[3];
  int16_t table_cd[2 * kTableEntries];
};

/// What LayerNorm keeps of 32 rows: sums of squares, each in 8 lanes; then factors of the rows in
/// two parts.
struct alignas(32) NormStateI8 {
  float squares[16][2][8];
  float share[16];          ///< 1 / (d_model * kNormUnits^2)
  bfloat16 high[16][2][8];  ///< (pairs of rows, 2 rows, 8 times the same)
  bfloat16 low[16][2][8];
  int32_t has_factors;
  int32_t unused[7];
};

/// Steps of a normalised number's standard deviation: 127 are 3.97 of these.
inline constexpr float kNormUnits = 32.0f;
/// Added to the mean square, in units of kNormUnits^-2: rows of zeros stay zero.
inline constexpr float kNormEpsilon = 0x1p-8f;

/// Bits after the point of what goes into GELU, unless it is as large as some models make it.
inline constexpr int kGeluFraction = 10;
/// GELU is max(x, 0) - h(|x|). h(a) = a Phi(-a) of a up to 3.5 is this polynomial of degree 6 in
/// v = 2 a - 3.5, all in 2^-12; fitted for the least largest error, 0.0007, 0.0012 with its
/// rounding. Past 3.5 h is taken for h(3.5), 0.0008.
inline constexpr int kGeluTop = 3584;       ///< 3.5 in 2^-10; v's range in 2^-12
inline constexpr int kGeluFirst = 1176830;  ///< in 2^-24
inline constexpr int16_t kGelu[7] = {0, -931, 745, 1031, -1877, 250, 544};
/// The largest integer that becomes a wide number.
inline constexpr int kMostWide = (1 << 22) - 1;

}  // namespace tessera::compute::kernels::aie2

extern "C" {

/// sums = bias in all rows; keeps the scales, and of a block of queries the head's.
void encoder_i8_begin(const tessera::compute::kernels::aie2::ParameterPanelI8* panel,
                      tessera::compute::kernels::aie2::SumsI8* sums,
                      tessera::compute::kernels::aie2::ColumnScalesI8* scales);
/// sums += a b.
void encoder_i8_multiply(const int8_t* a, const int8_t* b,
                         tessera::compute::kernels::aie2::SumsI8* sums);
/// 64 columns as bytes; there is part 0 alone.
void encoder_i8_store(const tessera::compute::kernels::aie2::SumsI8* sums,
                      const tessera::compute::kernels::aie2::ColumnScalesI8* scales, int8_t* out,
                      int32_t part);
void encoder_i8_store_gelu(const tessera::compute::kernels::aie2::SumsI8* sums,
                           const tessera::compute::kernels::aie2::ColumnScalesI8* scales,
                           int8_t* out, int32_t part);
/// Columns 32 part to 32 part + 31 as bfloat16.
void encoder_i8_store_wide(const tessera::compute::kernels::aie2::SumsI8* sums,
                           const tessera::compute::kernels::aie2::ColumnScalesI8* scales,
                           bfloat16* out, int32_t part);
/// Copies a panel; there is part 0 alone.
void encoder_i8_take(const int8_t* panel, int8_t* queries, int32_t part);

/// Attention of tile_attention online_octaves, but that keys which do not exist have the lowest
/// score of 16 bits. No key so far; the head is the next of this core.
void encoder_i8_attend_begin(tessera::compute::kernels::aie2::SumsI8* sums,
                             tessera::compute::kernels::aie2::AttentionStateI8* state);
/// Weights of 64 keys, of which `keys` exist.
void encoder_i8_attend_keys(const int8_t* queries, const int8_t* k,
                            tessera::compute::kernels::aie2::AttentionStateI8* state, int32_t keys);
void encoder_i8_attend_values(const int8_t* v, tessera::compute::kernels::aie2::SumsI8* sums,
                              tessera::compute::kernels::aie2::AttentionStateI8* state);
void encoder_i8_attend_finish(const tessera::compute::kernels::aie2::SumsI8* sums,
                              const tessera::compute::kernels::aie2::AttentionStateI8* state,
                              int8_t* out, int32_t part);

/// No rows so far. Rows have no mean: LayerNorm is a division by the root of the mean square.
void encoder_i8_norm_begin(tessera::compute::kernels::aie2::NormStateI8* state, int32_t d_model);
/// sum = x + y of 32 rows of 64 numbers; adds the squares of what was rounded. x and sum are
/// blocks of A, y one of B, whose rows are halves of theirs.
void encoder_i8_norm_add(const bfloat16* x, const bfloat16* y,
                         tessera::compute::kernels::aie2::NormStateI8* state, bfloat16* sum);
/// x + y, divided and in kNormUnits: half `part` of a panel of 32 rows of 128 bytes, in the order
/// of norm_column.
void encoder_i8_norm_write(const bfloat16* x, const bfloat16* y,
                           tessera::compute::kernels::aie2::NormStateI8* state, int8_t* out,
                           int32_t part);
}

namespace tessera::compute::kernels::aie2 {

/// Which column the number at place `at` of a normalised row is: runs of four numbers, which lie
/// together in x, stay together. A permutation of each 128.
constexpr int norm_column(int at) {
  const int half = at / 64 % 2, run = at % 64;  // of the panel's row; in it
  const int part = run / 32, pair = run / 8 % 4, part_of_row = run / 4 % 2;
  return at / 128 * 128 + part * 64 + part_of_row * 32 + (2 * pair + half) * 4 + at % 4;
}

}  // namespace tessera::compute::kernels::aie2
