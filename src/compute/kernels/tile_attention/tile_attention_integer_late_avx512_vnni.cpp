// Integers only, from the scores to the output: the distance to the best key is scaled by a product
// and a shift, the table gives the weight, and the weighted sum is divided at the end by a product
// with the integer reciprocal. For machines without floats; step 2 of the seed's plan, strategy A.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_exp_avx512_inl.h"

namespace tessera::compute::kernels {
namespace {

// score_scale as multiplier / 2^shift: 10 bits, so that the product with a distance of 21 bits fits
// 32. It has to be less than 256.
struct IntegerScale {
  int multiplier, shift;

  explicit IntegerScale(float scale) {
    std::int32_t bits;
    __builtin_memcpy(&bits, &scale, sizeof bits);
    constexpr int kDropped = 14;  // of 24 bits of mantissa
    const int mantissa = (bits & 0x7fffff) | 0x800000;
    multiplier = (mantissa + (1 << (kDropped - 1))) >> kDropped;
    shift = 127 + 23 - kDropped - (bits >> 23);
    if (shift > 31) shift = 31;  // every distance is nothing
  }
};

// Bits of the reciprocal of a sum of weights: the product with a sum of values fits 32.
constexpr int kReciprocalBits = 23;

// `totals`: the sums of a query's weights.
__attribute__((noinline)) void weigh_by_table(const TileAttentionParams& p, ExactTile& tile,
                                              std::int32_t* totals) {
  const ByteTable table(p.exp_table);
  const IntegerScale scale(p.score_scale);
  const __m512i multiplier = _mm512_set1_epi32(scale.multiplier);
  const __m512i half = _mm512_set1_epi32(1 << (scale.shift - 1));
  const __m128i shift = _mm_cvtsi32_si128(scale.shift);
  const __m512i last = _mm512_set1_epi32(255), ones = _mm512_set1_epi8(1);
  for (int query = 0; query < kTile; query += 16) {
    const __m512i best = _mm512_load_si512(tile.best + query);
    __m512i sums = _mm512_setzero_si512();
    for (int group = 0; group < 16; ++group) {
      __m512i index[4];
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        // The bits of these floats differ by what the numbers do.
        const __m512i distance = _mm512_sub_epi32(
            best, _mm512_load_si512(tile.scores + (group * 4 + i) * kTile + query));
        const __m512i product = _mm512_add_epi32(_mm512_mullo_epi32(distance, multiplier), half);
        index[i] = _mm512_min_epu32(_mm512_srl_epi32(product, shift), last);
      }
      const __m512i weights = table.look_up(join_low_bytes(index));
      dot_accumulate(sums, weights, ones);
      _mm512_store_si512(tile.packed.weights + group * kTile + query, weights);
    }
    _mm512_store_si512(totals + query, sums);
  }
}

__attribute__((noinline)) void weigh_values_in_integers(const PackedTile& tile,
                                                        const std::int32_t* totals,
                                                        std::int8_t* out) {
  const __m512i half = _mm512_set1_epi32(1 << (kReciprocalBits - 1));
  for (int query = 0; query < kTile; query += 4) {
    __m512i sums[4][4];  // (query, 16 channels)
    clear_sums(sums);
    add_products<Signed::registers, 4, kTile * 4>(tile.weights + query, tile.values, sums);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const std::int32_t total = totals[query + i];
      const __m512i reciprocal = _mm512_set1_epi32(((1 << kReciprocalBits) + total / 2) / total);
      __m512i rounded[4];
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        const __m512i product = _mm512_mullo_epi32(sums[i][j], reciprocal);
        rounded[j] = _mm512_srai_epi32(_mm512_add_epi32(product, half), kReciprocalBits);
      }
      store_row(rounded, out + (query + i) * kTile);
    }
  }
}

}  // namespace

const char* tile_attention_integer_late_avx512_vnni(const TileAttentionParams& p) noexcept {
  ExactTile& tile = *reinterpret_cast<ExactTile*>(p.scratch);
  if (!p.operands_are_packed) pack_tile(p, tile.packed);
  score_exactly(p.k, tile);
  alignas(64) std::int32_t totals[kTile];
  weigh_by_table(p, tile, totals);
  weigh_values_in_integers(tile.packed, totals, p.out);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
