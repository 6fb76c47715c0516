// The arithmetic of the seed's original kernels, in scalar integers: 64 queries in two calls of 32
// rows, scores shifted right where a softmax divides by a scale, weights in 1/127. Included by the
// seed_* variants, which choose the softmax, and by the test that reproduces the original's
// figures.
#pragma once

#include "src/compute/kernels/kernel_abi.h"

namespace tessera::compute::kernels {

/// Rows of one call: the original's compiler could not address larger local arrays.
inline constexpr int kSeedRows = 32;

/// exp(-i) in 2^-20, at least 1: 14 steps reach the floor.
inline constexpr std::int32_t kSeedExp[] = {1048576, 385750, 141909, 52206, 19205, 7065, 2599,
                                            956,     352,    129,    48,    18,    6,    2};

static inline std::int32_t seed_exp(std::int32_t index) {
  constexpr std::int32_t kEntries = sizeof kSeedExp / sizeof kSeedExp[0];
  return index < kEntries ? kSeedExp[index] : 1;
}

static inline std::int8_t seed_clamp(std::int32_t value) {
  return static_cast<std::int8_t>(value < -128 ? -128 : value > 127 ? 127 : value);
}

/// Softmax of the A variant: e^x as the first terms of a series around 0, which is a parabola.
struct SeedTaylor {
  using Score = std::int8_t;
  static std::int32_t exp(std::int32_t below_best) {
    const std::int32_t x = below_best > 64 ? -64 : -below_best;
    const std::int32_t e = 64 + x + x * x / 128;
    return e < 0 ? 0 : e;
  }
  static std::int32_t weight(std::int32_t e, std::int32_t sum) { return e * 127 / sum; }
  static std::int32_t narrow(std::int32_t sum) { return sum >> 7; }
};

/// To the nearest 1/128, halves away from zero, but that the shift of negative sums rounds down.
static inline std::int32_t seed_round_7(std::int32_t sum) {
  return (sum + (sum >= 0 ? 64 : -64)) >> 7;
}

/// Softmax of the B variant: three regions with a formula each.
struct SeedRegions {
  using Score = std::int8_t;
  static std::int32_t exp(std::int32_t below_best) {
    const std::int32_t x = below_best > 127 ? -127 : -below_best;
    if (x <= -80) return 1;
    if (x <= -40) return 65536 / (256 - 4 * x);
    const std::int32_t e = 256 + 8 * x + (((x * x) >> 5) >> 1);
    return e < 1 ? 1 : e;
  }
  static std::int32_t weight(std::int32_t e, std::int32_t sum) { return (e * 127 + sum / 2) / sum; }
  static std::int32_t narrow(std::int32_t sum) { return seed_round_7(sum); }
};

/// Softmax of the C variant: a table, a step of which is one unit of the int8 score.
struct SeedLutI8 {
  using Score = std::int8_t;
  static std::int32_t exp(std::int32_t below_best) { return seed_exp(below_best); }
  static std::int32_t weight(std::int32_t e, std::int32_t sum) {
    return ((e >> 10) * 127) / (sum >> 10);
  }
  static std::int32_t narrow(std::int32_t sum) { return seed_round_7(sum); }
};

/// Softmax of the D variant: the table of C, of scores that were never narrowed to int8. What is
/// shifted is the difference below zero, so that a step of 256 units rounds away from the best.
struct SeedLutI32 : SeedLutI8 {
  using Score = std::int32_t;
  static std::int32_t exp(std::int32_t below_best) { return seed_exp(-(-below_best >> 8)); }
};

static inline void seed_store(std::int8_t& score, std::int32_t value) { score = seed_clamp(value); }
static inline void seed_store(std::int32_t& score, std::int32_t value) { score = value; }

/// Scores of one query with all keys; returns the largest.
template <class Softmax>
std::int32_t seed_scores(const std::int8_t* query, const std::int8_t* k, int shift,
                         typename Softmax::Score* scores) {
  std::int32_t best = 0;
  for (int key = 0; key < kTile; ++key) {
    std::int32_t sum = 0;
    for (int d = 0; d < kTile; ++d) sum += query[d] * k[key * kTile + d];
    seed_store(scores[key], sum >> shift);
    best = key == 0 || scores[key] > best ? static_cast<std::int32_t>(scores[key]) : best;
  }
  return best;
}

/// One call of the original: 32 queries, all keys.
template <class Softmax>
void seed_rows(const TileAttentionParams& p, int first_query) {
  for (int query = first_query; query < first_query + kSeedRows; ++query) {
    typename Softmax::Score scores[kTile];
    const std::int32_t best = seed_scores<Softmax>(p.q + query * kTile, p.k, p.scale_shift, scores);
    std::int32_t exps[kTile];
    std::int32_t total = 0;
    for (int key = 0; key < kTile; ++key) {
      exps[key] = Softmax::exp(best - scores[key]);
      total += exps[key];
    }
    std::int8_t weights[kTile];
    for (int key = 0; key < kTile; ++key) {
      weights[key] = static_cast<std::int8_t>(Softmax::weight(exps[key], total));
    }
    for (int d = 0; d < kTile; ++d) {
      std::int32_t sum = 0;
      for (int key = 0; key < kTile; ++key) sum += weights[key] * p.v[key * kTile + d];
      p.out[query * kTile + d] = seed_clamp(Softmax::narrow(sum));
    }
  }
}

/// The whole tile.
template <class Softmax>
void seed_tile(const TileAttentionParams& p) {
  for (int query = 0; query < kTile; query += kSeedRows) seed_rows<Softmax>(p, query);
}

}  // namespace tessera::compute::kernels
