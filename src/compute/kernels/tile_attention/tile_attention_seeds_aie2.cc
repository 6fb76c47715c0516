// The seed's originals A to D as they were: scalar code on one core, rows of bytes, two calls of 32
// queries, locals on the stack. Bit-equal to tile_attention seed_* as long as the stack is large
// enough; the original reserved 1 KB of it.
#include "src/compute/kernels/aie2_kernel.h"
#include "src/compute/kernels/tile_attention/tile_attention_aie2.h"
#include "src/compute/kernels/tile_attention/tile_seed_inl.h"

namespace tessera::compute::kernels::aie2 {
namespace {

static_assert(4 * kTileBytes + 8192 <= kMemoryBytes, "operands, result and stack fit a core");

// Locals in the order in which their overflow gives the figures that the authors recorded.
struct LocalsOfBytes {
  int32_t exps[kTile];
  int8_t scores[kSeedRows * kTile];
  int8_t weights[kSeedRows * kTile];
};
struct LocalsOfInt32 {
  int32_t scores[kTile];  // one row, used again
  int8_t weights[kSeedRows * kTile];
  int32_t exps[kTile];
};
template <class Softmax>
using LocalsOf =
    std::conditional_t<sizeof(typename Softmax::Score) == 1, LocalsOfBytes, LocalsOfInt32>;

// Besides a product: the sum, the count of the loop, its branch, and the delay slots of that which a
// compiler cannot fill here. The recorded 2.04 to 2.24 ms ask for 6.6 cycles in all.
constexpr int kSumsPerProduct = 5;

// Scores of one query with all keys.
template <class Softmax>
void score_row(const int8_t* query, const int8_t* k, int32_t shift,
               typename Softmax::Score* scores) {
  for (int key = 0; key < kTile; ++key) {
    int32_t sum = 0;
    AIE2_LOOP(d, kTile, 64, "scores", none) {
      sum += query[d] * k[key * kTile + d];
      scalar_work(2, kSumsPerProduct, 1);
    }
    seed_store(scores[key], sum >> shift);
    scalar_work(0, 4);
  }
}

template <class Softmax>
void weigh_row(const typename Softmax::Score* scores, int32_t* exps, int8_t* weights) {
  int32_t best = scores[0];
  AIE2_LOOP(key, kTile, 64, "largest", none) {
    best = scores[key] > best ? static_cast<int32_t>(scores[key]) : best;
    scalar_work(1, 3);
  }
  int32_t total = 0;
  AIE2_LOOP(key, kTile, 64, "exp", none) {
    exps[key] = Softmax::exp(best - scores[key]);
    total += exps[key];
    scalar_work(1, 8, 1);
  }
  AIE2_LOOP(key, kTile, 64, "divisions", none) {
    weights[key] = static_cast<int8_t>(Softmax::weight(exps[key], total));
    scalar_work(1, 3, 1, 1);
  }
}

template <class Softmax>
void add_values(const int8_t* weights, const int8_t* v, int8_t* out) {
  for (int d = 0; d < kTile; ++d) {
    int32_t sum = 0;
    AIE2_LOOP(key, kTile, 64, "values", none) {
      sum += weights[key] * v[key * kTile + d];
      scalar_work(2, kSumsPerProduct, 1);
    }
    out[d] = seed_clamp(Softmax::narrow(sum));
    scalar_work(0, 4);
  }
}

// One call of the original: 32 queries, all keys.
template <class Softmax>
void attend_rows(const int8_t* q, const int8_t* k, const int8_t* v, int8_t* out, int32_t shift) {
  Local<LocalsOf<Softmax>> locals;
  constexpr bool kKeepsAllScores = sizeof(typename Softmax::Score) == 1;
  if constexpr (kKeepsAllScores) {
    for (int row = 0; row < kSeedRows; ++row) {
      score_row<Softmax>(q + row * kTile, k, shift, locals->scores + row * kTile);
    }
  }
  for (int row = 0; row < kSeedRows; ++row) {
    if (!kKeepsAllScores) score_row<Softmax>(q + row * kTile, k, shift, locals->scores);
    weigh_row<Softmax>(locals->scores + (kKeepsAllScores ? row * kTile : 0), locals->exps,
                       locals->weights + row * kTile);
  }
  for (int row = 0; row < kSeedRows; ++row) {
    add_values<Softmax>(locals->weights + row * kTile, v, out + row * kTile);
  }
}

template <class Softmax>
void attend(const int8_t* qkv, int8_t* out, int32_t shift) {
  // No vector is made, but the rule is that of every kernel.
  aie::set_rounding(aie::rounding_mode::floor);
  aie::set_saturation(aie::saturation_mode::saturate);
  for (int first = 0; first < kTile; first += kSeedRows) {
    attend_rows<Softmax>(qkv + first * kTile, qkv + kTileBytes, qkv + 2 * kTileBytes,
                         out + first * kTile, shift);
  }
}

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" {

using namespace tessera::compute::kernels;  // NOLINT(google-build-using-namespace)

void attention_seed_taylor(const int8_t* qkv, int8_t* out, int32_t shift) {
  aie2::attend<SeedTaylor>(qkv, out, shift);
}
void attention_seed_regions(const int8_t* qkv, int8_t* out, int32_t shift) {
  aie2::attend<SeedRegions>(qkv, out, shift);
}
void attention_seed_lut_i8(const int8_t* qkv, int8_t* out, int32_t shift) {
  aie2::attend<SeedLutI8>(qkv, out, shift);
}
void attention_seed_lut_i32(const int8_t* qkv, int8_t* out, int32_t shift) {
  aie2::attend<SeedLutI32>(qkv, out, shift);
}
}
