// Attention in int8 on one core, a tile of 64 keys after the other: scores stay in the blocks of
// the multiplier from the first product to the second, weights are divided by their sum at the end,
// and older sums are scaled only where a maximum rose by an octave (Dao et al. 2022; Milakov and
// Gimelshein 2018). Bit-equal to tile_attention online_octaves.
#include "src/compute/kernels/aie2_products_inl.h"
#include "src/compute/kernels/tile_attention/fused_aie2_inl.h"

namespace tessera::compute::kernels::aie2 {
namespace {

// Q, K and V twice, the output, what is kept, the scratch, two tables and 2 KB of stack.
static_assert(6 * kTileBytes + kSumsBytes + kTotalsBytes + kBasesBytes + kScoresBytes + kTileBytes +
                      2 * kTableBytes + 2048 <=
                  kMemoryBytes,
              "the buffers of the fused kernel fit a core");

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" {

using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)

void attention_i8_begin(int32_t* sums, int32_t* totals, int16_t* bases) {
  set_modes();
  const auto zeros = aie::zeros<int32_t, kBlockLanes>();
  AIE2_LOOP(block, kRowBlocks * kBlocks, 16, "zero sums", none) {
    aie::store_v(sums + block * kBlockLanes, zeros);
  }
  AIE2_LOOP(row, kRowBlocks, 16, "zero totals", none) {
    aie::store_v(totals + row * kBlockLanes, zeros);
  }
  const auto none = aie::broadcast<int16_t, 32>(tessera::compute::kernels::kNoBase);
  aie::store_v(bases, none);
  aie::store_v(bases + 32, none);
}

void attention_i8_pair(const int8_t* q, const int8_t* k, const int8_t* v, int32_t* sums,
                       int32_t* totals, int16_t* bases, int16_t* scores, uint8_t* weights,
                       const int16_t* table_ab, const int16_t* table_cd, int32_t keys,
                       int32_t score_shift, int32_t multiplier, int32_t step_shift) {
  set_modes();
  const Lookup lookup(Table(kIndexedEntries, table_ab, table_cd));
  const bool is_whole = keys == 64;
  score(q, k, scores, score_shift);
  if (!is_whole) hide_missing(scores, keys);
  find_largest(scores, bases + 64 + kRowBlocks * kBlockLanes);
  const uint32_t raised = raise_bases(bases, multiplier, step_shift);
  if (raised != 0) scale_sums(raised, bases, sums, totals);
  const auto weigh_all = is_whole ? weigh_keys<true> : weigh_keys<false>;
  weigh_all(scores, bases + 64, lookup, weights, totals, keys, static_cast<int16_t>(multiplier),
            step_shift);
  add_tile_product("values", weights, v, sums);
}

void attention_i8_end(const int32_t* sums, const int32_t* totals, int8_t* out) {
  divide_sums(sums, totals, out, tessera::compute::kernels::kReciprocalBits);
}
}
