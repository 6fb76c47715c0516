// The attention kernels of an AIE2 core, as functions of buffers in its memory.
//
// Blocks: Q and the output are blocks of 4 queries x 8 columns, (16, 8, 4, 8); K and V blocks of 8
// keys x 8 columns, (8, 8, 8, 8). A transfer makes them of rows on its way, for its runs of 8 bytes
// are whole words; a transpose within a block is not a transfer's to make.
#pragma once

#include <stdint.h>

#include "src/compute/kernels/tile_attention/octave_softmax.h"

namespace tessera::compute::kernels::aie2 {

inline constexpr int kTileBytes = 64 * 64;
inline constexpr int kRowBlocks = 16;   ///< of 4 queries
inline constexpr int kBlocks = 8;       ///< of 8 keys or columns
inline constexpr int kBlockLanes = 32;  ///< 4 queries x 8

// What the fused kernel keeps of 64 queries from tile to tile: `sums` (16, 8, 4, 8) of weighted
// values, `totals` (16, 4, 8) of weights, the same in 8 lanes, and `bases`: (64), then (16, 4, 8)
// the same in 8 lanes, then as many factors, which are scratch. `scores` (16, 8, 4, 8) and
// `weights` (16, 8, 4, 8) are scratch.
inline constexpr int kSumsBytes = kTileBytes * 4;
inline constexpr int kTotalsBytes = kRowBlocks * kBlockLanes * 4;
inline constexpr int kBasesBytes = (64 + kRowBlocks * kBlockLanes + kRowBlocks * kBlockLanes) * 2;
inline constexpr int kScoresBytes = kTileBytes * 2;
/// A table of kWeightEntries int16, each chunk of 16 bytes twice.
inline constexpr int kTableBytes = kWeightEntries * 4;

}  // namespace tessera::compute::kernels::aie2

extern "C" {

/// No key so far.
void attention_i8_begin(int32_t* sums, int32_t* totals, int16_t* bases);

/// Adds a tile of `keys` keys, 1 to 64; `table_ab` and `table_cd` lie in different banks.
void attention_i8_pair(const int8_t* q, const int8_t* k, const int8_t* v, int32_t* sums,
                       int32_t* totals, int16_t* bases, int16_t* scores, uint8_t* weights,
                       const int16_t* table_ab, const int16_t* table_cd, int32_t keys,
                       int32_t score_shift, int32_t multiplier, int32_t step_shift);

/// out (16, 8, 4, 8) = sums / totals.
void attention_i8_end(const int32_t* sums, const int32_t* totals, int8_t* out);

/// The seed's originals A to D: qkv (3, 64, 64) and out (64, 64) in rows.
void attention_seed_taylor(const int8_t* qkv, int8_t* out, int32_t shift);
void attention_seed_regions(const int8_t* qkv, int8_t* out, int32_t shift);
void attention_seed_lut_i8(const int8_t* qkv, int8_t* out, int32_t shift);
void attention_seed_lut_i32(const int8_t* qkv, int8_t* out, int32_t shift);
/// A with products of 32 lanes, as the seed proposes; the same rows.
void attention_seed_vector_mac(const int8_t* qkv, int8_t* out, int32_t shift);
/// A with products of tiles; blocks. `scores` and `weights` have 4,096 bytes each.
void attention_seed_mmul(const int8_t* q, const int8_t* k, const int8_t* v, int8_t* out,
                         int8_t* scores, int8_t* weights, int32_t shift);

/// attention_i8_pair of one tile with scores in rows: one row's softmax after the other. `weights`
/// has 4,096 bytes; `rows` (64, 64) is scratch of 8,192 bytes.
void attention_i8_rows(const int8_t* q, const int8_t* k, const int8_t* v, int32_t* sums,
                       int32_t* totals, int16_t* rows, uint8_t* weights, const int16_t* table_ab,
                       const int16_t* table_cd, int32_t score_shift, int32_t multiplier,
                       int32_t step_shift);

/// attention_i8_pair with keys and values of 4 bits, one for 16: K (8, 4, 16, 8) is blocks of 16
/// columns x 8 keys, transposed already, V (4, 8, 16, 8) of 16 keys x 8 columns. Sums are those of
/// the 4-bit values; weights are blocks of 4 queries x 16 keys.
void attention_i4_pair(const int8_t* q, const uint8_t* k, const uint8_t* v, int32_t* sums,
                       int32_t* totals, int16_t* bases, int16_t* scores, uint8_t* weights,
                       const int16_t* table_ab, const int16_t* table_cd, int32_t score_shift,
                       int32_t multiplier, int32_t step_shift);
/// out = 16 sums / totals.
void attention_i4_end(const int32_t* sums, const int32_t* totals, int8_t* out);
}
