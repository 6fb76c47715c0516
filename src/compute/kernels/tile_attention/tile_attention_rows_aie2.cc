// The seed's second step: products of tiles, and a softmax of vectors that goes from row to row, as
// it lies in a matrix. What the fused kernel spares is here: a reduction and a broadcast for every
// row, and the way from blocks to rows and back. Bit-equal to tile_attention online_octaves.
#include "src/compute/kernels/tile_attention/octave_aie2_inl.h"

namespace tessera::compute::kernels::aie2 {
namespace {

static_assert(5 * kTileBytes + kSumsBytes + kTotalsBytes + kScoresBytes + 2 * kTableBytes + 1024 <=
                  kMemoryBytes,
              "the buffers of the kernel fit a core");

using Keys = aie::mmul<4, 8, 8, int8_t, int8_t>;
using Values = aie::mmul<4, 8, 8, uint8_t, int8_t>;

// rows (64, 64) = q k^T / 2^shift, each block as four pieces of rows.
void score_into_rows(const int8_t* __restrict q, const int8_t* __restrict k,
                     int16_t* __restrict rows, int32_t shift) {
  for (int row = 0; row < kRowBlocks; row += 4) {
    for (int column = 0; column < kBlocks; column += 2) {
      Keys sums[4][2];
      AIE2_LOOP(d, kBlocks, 8, "scores", integer_sum) {
        const auto b0 = aie::transpose(aie::load_v<64>(k + (column * kBlocks + d) * 64), 8, 8);
        const auto b1 =
            aie::transpose(aie::load_v<64>(k + ((column + 1) * kBlocks + d) * 64), 8, 8);
        AIE2_UNROLL
        for (int i = 0; i < 4; ++i) {
          const auto a = aie::load_v<32>(q + ((row + i) * kBlocks + d) * kBlockLanes);
          sums[i][0].mac(a, b0);
          sums[i][1].mac(a, b1);
        }
      }
      for (int i = 0; i < 4; ++i) {
        const Scores left = sums[i][0].to_vector<int16_t>(shift);
        const Scores right = sums[i][1].to_vector<int16_t>(shift);
        for (int r = 0; r < 4; ++r) {
          int16_t* const place = rows + ((row + i) * 4 + r) * 64 + column * 8;
          aie::store_v(place, left.extract<8>(r));
          aie::store_v(place + 8, right.extract<8>(r));
        }
      }
    }
  }
}

// Weights of four rows, as eight blocks.
void weigh_four_rows(const int16_t* __restrict rows, const Lookup& lookup, int16_t multiplier,
                     int32_t step_shift, uint8_t* __restrict weights) {
  aie::vector<uint8_t, 64> row[4];
  AIE2_LOOP(r, 4, 4, "weights of a row", none) {
    const Scores low = aie::load_v<32>(rows + r * 64), high = aie::load_v<32>(rows + r * 64 + 32);
    const int16_t best = aie::reduce_max(aie::max(low, high));
    const int32_t product = best * multiplier;
    // The scalar unit rounds as SRS does: halves to even.
    const int32_t half =
        step_shift == 0 ? 0 : (1 << (step_shift - 1)) - 1 + (product >> step_shift & 1);
    const int32_t steps = (product + half) >> step_shift;
    scalar_work(0, 8, 1);
    const Scores base = aie::broadcast<int16_t, kBlockLanes>(
        static_cast<int16_t>((steps + kStepsPerOctave - 1) & -kStepsPerOctave));
    row[r] = aie::concat(weigh(low, base, lookup, multiplier, step_shift),
                         weigh(high, base, lookup, multiplier, step_shift));
  }
  const auto [a, b] = aie::interleave_zip(row[0], row[2], 8);
  const auto [c, d] = aie::interleave_zip(row[1], row[3], 8);
  const auto [e, f] = aie::interleave_zip(a, c, 8);
  const auto [g, h] = aie::interleave_zip(b, d, 8);
  aie::store_v(weights, e);
  aie::store_v(weights + 64, f);
  aie::store_v(weights + 128, g);
  aie::store_v(weights + 192, h);
}

// sums = weights v, and the totals by a product with ones.
void sum_values(const uint8_t* __restrict weights, const int8_t* __restrict v,
                int32_t* __restrict sums, int32_t* __restrict totals) {
  const auto ones = aie::broadcast<int8_t, 64>(1);
  AIE2_LOOP(row, kRowBlocks, 16, "totals", integer_sum) {
    Totals total;
    AIE2_UNROLL
    for (int block = 0; block < kBlocks; ++block) {
      total.mac(aie::load_v<32>(weights + (row * kBlocks + block) * kBlockLanes), ones);
    }
    aie::store_v(totals + row * kBlockLanes, total.to_vector<int32_t>());
  }
  for (int row = 0; row < kRowBlocks; row += 4) {
    for (int column = 0; column < kBlocks; column += 2) {
      Values products[4][2];
      AIE2_LOOP(block, kBlocks, 8, "values", integer_sum) {
        const auto b0 = aie::load_v<64>(v + (block * kBlocks + column) * 64);
        const auto b1 = aie::load_v<64>(v + (block * kBlocks + column + 1) * 64);
        AIE2_UNROLL
        for (int i = 0; i < 4; ++i) {
          const auto a = aie::load_v<32>(weights + ((row + i) * kBlocks + block) * kBlockLanes);
          products[i][0].mac(a, b0);
          products[i][1].mac(a, b1);
        }
      }
      for (int i = 0; i < 4; ++i) {
        int32_t* const place = sums + ((row + i) * kBlocks + column) * kBlockLanes;
        aie::store_v(place, products[i][0].to_vector<int32_t>());
        aie::store_v(place + kBlockLanes, products[i][1].to_vector<int32_t>());
      }
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" void attention_i8_rows(const int8_t* q, const int8_t* k, const int8_t* v, int32_t* sums,
                                  int32_t* totals, int16_t* rows, uint8_t* weights,
                                  const int16_t* table_ab, const int16_t* table_cd,
                                  int32_t score_shift, int32_t multiplier, int32_t step_shift) {
  using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)
  set_modes();
  const Lookup lookup(Table(kIndexedEntries, table_ab, table_cd));
  score_into_rows(q, k, rows, score_shift);
  for (int row = 0; row < kRowBlocks; ++row) {
    weigh_four_rows(rows + row * 256, lookup, static_cast<int16_t>(multiplier), step_shift,
                    weights + row * 256);
  }
  sum_values(weights, v, sums, totals);
}
