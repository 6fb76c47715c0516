// The seed's first step on its original A: the products vectorised, the softmax scalar as it was.
// Once with 32 products at a time and a reduction, as the seed proposes, once with the multiplier
// of tiles, which does 256. Both bit-equal to tile_attention seed_taylor.
#include "src/compute/kernels/aie2_kernel.h"
#include "src/compute/kernels/tile_attention/tile_attention_aie2.h"
#include "src/compute/kernels/tile_attention/tile_seed_inl.h"

namespace tessera::compute::kernels::aie2 {
namespace {

static_assert(6 * kTileBytes + 1024 <= kMemoryBytes, "operands, scratch and stack fit a core");

// A's modes: scores and sums are cut to the floor, and clamped.
void set_floor_and_clamp() {
  aie::set_rounding(aie::rounding_mode::floor);
  aie::set_saturation(aie::saturation_mode::saturate);
}

// Place of an element of (64, 64), in rows or in blocks of 4 x 8.
struct Rows {
  static int of(int row, int column) { return row * kTile + column; }
};
struct Blocks {
  static int of(int row, int column) {
    return (row / 4 * kBlocks + column / 8) * kBlockLanes + row % 4 * 8 + column % 8;
  }
};

// A's softmax of one row, where it lies.
template <class Place>
void weigh_row(const int8_t* scores, int row, int32_t* exps, int8_t* weights) {
  int32_t best = -128;
  AIE2_LOOP(key, kTile, 64, "largest", none) {
    const int32_t score = scores[Place::of(row, key)];
    best = score > best ? score : best;
    scalar_work(1, 3);
  }
  int32_t total = 0;
  AIE2_LOOP(key, kTile, 64, "exp", none) {
    exps[key] = SeedTaylor::exp(best - scores[Place::of(row, key)]);
    total += exps[key];
    scalar_work(1, 8, 1);
  }
  AIE2_LOOP(key, kTile, 64, "divisions", none) {
    weights[Place::of(row, key)] = static_cast<int8_t>(SeedTaylor::weight(exps[key], total));
    scalar_work(1, 3, 1, 1);
  }
}

struct RowLocals {
  int32_t exps[kTile];
  int8_t scores[kTile];
  int8_t weights[kTile];
};

// Scores of one query: 64 products in two issues, and 32 lanes to one number.
void score_by_lanes(const int8_t* query, const int8_t* k, int32_t shift, int8_t* scores) {
  const auto low = aie::load_v<32>(query), high = aie::load_v<32>(query + 32);
  AIE2_LOOP(key, kTile, 64, "scores by lanes", vector_move) {
    const auto half = aie::mul(low, aie::load_v<32>(k + key * kTile));
    const auto sums = aie::mac(half, high, aie::load_v<32>(k + key * kTile + 32));
    scores[key] = seed_clamp(aie::reduce_add(sums.to_vector<int32_t>()) >> shift);
    scalar_work(0, 4);
  }
}

// Values of one query: a weight times 32 columns at a time.
void add_by_lanes(const int8_t* weights, const int8_t* v, int8_t* out) {
  auto low = aie::zeros<acc32, 32>(), high = aie::zeros<acc32, 32>();
  AIE2_LOOP(key, kTile, 64, "values by lanes", integer_sum) {
    const auto weight = aie::broadcast<int8_t, 32>(weights[key]);
    low = aie::mac(low, aie::load_v<32>(v + key * kTile), weight);
    high = aie::mac(high, aie::load_v<32>(v + key * kTile + 32), weight);
    scalar_work(1, 1);
  }
  aie::store_v(out, low.to_vector<int8_t>(7));
  aie::store_v(out + 32, high.to_vector<int8_t>(7));
}

using Product = aie::mmul<4, 8, 8, int8_t, int8_t>;

// c = a b / 2^shift of blocks; the transposed b lies in blocks of its own columns.
template <bool kIsTransposed>
void multiply(const int8_t* __restrict a, const int8_t* __restrict b, int8_t* __restrict c,
              int32_t shift) {
  for (int row = 0; row < kRowBlocks; row += 4) {
    for (int column = 0; column < kBlocks; column += 2) {
      Product sums[4][2];
      AIE2_LOOP(d, kBlocks, 8, kIsTransposed ? "scores by tiles" : "values by tiles", integer_sum) {
        const int step = kIsTransposed ? 64 : kBlocks * 64;
        const int8_t* const blocks =
            b + (kIsTransposed ? column * kBlocks : column) * 64 + d * step;
        auto b0 = aie::load_v<64>(blocks);
        auto b1 = aie::load_v<64>(blocks + (kIsTransposed ? kBlocks * 64 : 64));
        if (kIsTransposed) {
          b0 = aie::transpose(b0, 8, 8);
          b1 = aie::transpose(b1, 8, 8);
        }
        AIE2_UNROLL
        for (int i = 0; i < 4; ++i) {
          const auto left = aie::load_v<32>(a + ((row + i) * kBlocks + d) * kBlockLanes);
          sums[i][0].mac(left, b0);
          sums[i][1].mac(left, b1);
        }
      }
      for (int i = 0; i < 4; ++i) {
        int8_t* const out = c + ((row + i) * kBlocks + column) * kBlockLanes;
        aie::store_v(out, sums[i][0].to_vector<int8_t>(shift));
        aie::store_v(out + kBlockLanes, sums[i][1].to_vector<int8_t>(shift));
      }
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" {

using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)

void attention_seed_vector_mac(const int8_t* qkv, int8_t* out, int32_t shift) {
  set_floor_and_clamp();
  Local<RowLocals> locals;
  for (int row = 0; row < 64; ++row) {
    score_by_lanes(qkv + row * 64, qkv + kTileBytes, shift, locals->scores);
    weigh_row<Rows>(locals->scores, 0, locals->exps, locals->weights);
    add_by_lanes(locals->weights, qkv + 2 * kTileBytes, out + row * 64);
  }
}

void attention_seed_mmul(const int8_t* q, const int8_t* k, const int8_t* v, int8_t* out,
                         int8_t* scores, int8_t* weights, int32_t shift) {
  set_floor_and_clamp();
  Local<RowLocals> locals;
  multiply<true>(q, k, scores, shift);
  for (int row = 0; row < 64; ++row) weigh_row<Blocks>(scores, row, locals->exps, weights);
  multiply<false>(weights, v, out, 7);
}
}
