// Every variant of tile_attention in the list, judged on inputs that can fail: the exact ones
// against the oracle, the bounded ones against softmax in float64 by bounds derived here. A variant
// that the machine can run and that nothing here judges is a failure.
#include <iostream>
#include <map>
#include <string_view>

#include "src/compute/kernels/tile_attention/test_seed_overflow.h"
#include "src/compute/kernels/tile_attention/test_tiles.h"

namespace tessera::compute::kernels {
namespace {

/// How far a bounded variant may be off. Of a weight w, 1 for the best key, it computes w + e with
///   |e| <= weight_step + w (exp(nats + nats_per_nat log(1 / w)) - 1),
/// from operands that it may have rounded to multiples of 16.
struct Bound {
  double weight_step = 0;   ///< from rounding the weight to a fixed step
  double nats = 0;          ///< error of the exponent, which includes a relative one of the weight
  double nats_per_nat = 0;  ///< and in proportion to the distance from the best key
  double output = 0;        ///< of the output in proportion to it, besides rounding it
  bool int4_keys = false, int4_values = false;
  double correlation = 0.99;  ///< with the softmax of the operands before they were rounded
};

constexpr double kByteStep = 0.5 / 255;
// Of octave_softmax.h. Weights are bytes, the largest at least 255 * 2^(-31/32) = 130; half a step
// of 1/32 octave, and half a unit of the score, at most 1/16 step, of a key and of the best one.
constexpr double kOctaveByteStep = 0.5 / 130, kOctaveNats = 2 * (0.5 + 0.0625) / 32 * 0.6931472;
constexpr double kPolynomial = 8e-5;  // kExpError of tile_exp_avx512_inl.h, and float32

const std::map<std::string_view, Bound>& bounds() {
  static const std::map<std::string_view, Bound> all = {
      {"exp_polynomial_avx512_vnni", {.weight_step = kByteStep, .nats = kPolynomial}},
      // Up to three times older sums are scaled as the maximum rises.
      {"single_pass_avx512_vnni", {.weight_step = kByteStep, .nats = 4 * kPolynomial}},
      // Half a step of the table; a multiplier of 10 bits; a reciprocal of 2^23 / 16320 or more.
      {"integer_late_avx512_vnni",
       {.weight_step = kByteStep,
        .nats = 0.5 / kStepsPerNat,
        .nats_per_nat = 0x1p-10,
        .output = 0.5 / 514}},
      // One scale for all values is too coarse for the small ones of "uneven values" (0.984) ...
      {"mixed_v4_avx512_vnni",
       {.weight_step = kByteStep, .nats = kPolynomial, .int4_values = true, .correlation = 0.98}},
      // ... and 4 bits of a key turn large scores around: 0.884 on "peaky", 0.955 and more
      // elsewhere.
      {"int4_kv_avx512_vnni",
       {.weight_step = kByteStep,
        .nats = kPolynomial,
        .int4_keys = true,
        .int4_values = true,
        .correlation = 0.88}},
      // A multiplier of 14 bits, a reciprocal of 2^31 / 16320 or more.
      {"online_octaves",
       {.weight_step = kOctaveByteStep,
        .nats = kOctaveNats,
        .nats_per_nat = 0x1p-14,
        .output = 0x1p-17}},
      {"online_octaves_int4",
       {.weight_step = kOctaveByteStep,
        .nats = kOctaveNats,
        .nats_per_nat = 0x1p-14,
        .output = 0x1p-17,
        .int4_keys = true,
        .int4_values = true,
        .correlation = 0.88}},
      // 8 bits of mantissa.
      {"i8_qk_bf16_pv_avx512_bf16", {.nats = 0x1p-9 + kPolynomial}},
      {"all_bf16_avx512_bf16", {.nats = 0x1p-9 + kPolynomial}},
  };
  return all;
}

void round_to_int4(std::vector<std::int8_t>& matrix) {
  for (auto& x : matrix) x = static_cast<std::int8_t>(16 * std::min((x + 8) >> 4, 7));
}

/// Softmax in float64, how far from it `bound` lets each element be, and how far all of them are in
/// the mean square if each error is as likely anywhere within its limits.
struct Expected {
  std::vector<double> out = std::vector<double>(kTileElements);
  std::vector<double> tolerance = out;
  double mean_square = 0;

  Expected(const Tile& tile, const Bound& bound) {
    for (std::size_t query = 0; query < kTile; ++query) fill_row(tile, bound, query);
  }

 private:
  void fill_row(const Tile& tile, const Bound& bound, std::size_t query) {
    std::vector<double> nats(kTile), weights(kTile), errors(kTile);
    for (std::size_t key = 0; key < kTile; ++key) {
      nats[key] = tile.product(query, key) * tile.nats_per_unit();
    }
    const double best = *std::max_element(nats.begin(), nats.end());
    double total = 0, total_error = 0;
    for (std::size_t key = 0; key < kTile; ++key) {
      const double below = best - nats[key];
      total += weights[key] = std::exp(-below);
      errors[key] =
          bound.weight_step + weights[key] * std::expm1(bound.nats + bound.nats_per_nat * below);
      total_error += errors[key];
    }
    for (std::size_t d = 0; d < kTile; ++d) {
      double sum = 0;
      for (std::size_t key = 0; key < kTile; ++key) sum += weights[key] * tile.v[key * kTile + d];
      const double mean = sum / total, scaled = bound.output * std::abs(mean);
      double error = 0, square = 0.5 * 0.5 + scaled * scaled;
      // sum (w + e) v / sum (w + e) - mean = sum e (v - mean) / sum (w + e)
      for (std::size_t key = 0; key < kTile; ++key) {
        const double difference = errors[key] * std::abs(tile.v[key * kTile + d] - mean);
        error += difference;
        square += difference * difference / (total * total);
      }
      out[query * kTile + d] = mean;
      tolerance[query * kTile + d] = 0.5 + 1e-4 + scaled + error / (total - total_error);
      mean_square += square / 3 / kTileElements;
    }
  }
};

// The bound, and a correlation that shows that the bound is not all there is.
void judge_bounded(const Kernel& kernel, const Tile& tile) {
  const auto found = bounds().find(kernel.name);
  ASSERT_NE(found, bounds().end()) << kernel.name << ": no bound is derived for it";
  const Bound& bound = found->second;
  Tile rounded = tile;
  if (bound.int4_keys) round_to_int4(rounded.k);
  if (bound.int4_values) round_to_int4(rounded.v);
  const Expected expected(rounded, bound);
  const std::vector<std::int8_t> out = tile.run(kernel);
  double worst = 0, mean_square = 0;
  for (std::size_t i = 0; i < kTileElements; ++i) {
    const double error = std::abs(out[i] - expected.out[i]);
    worst = std::max(worst, error / expected.tolerance[i]);
    mean_square += error * error / kTileElements;
  }
  EXPECT_LE(worst, 1) << kernel.name << " on " << tile.name << ": of the bound";
  EXPECT_LT(mean_square, 1.2 * expected.mean_square) << kernel.name << " on " << tile.name;
  EXPECT_GT(correlation(out, expected.out), 0.99) << kernel.name << " on " << tile.name;
  EXPECT_GT(correlation(out, Expected(tile, bound).out), bound.correlation)
      << kernel.name << " on " << tile.name << ": against operands before rounding";
}

void judge_exact(const Kernel& kernel, const Tile& tile) {
  const std::string_view oracle = *kernel.exact_with == '\0' ? kernel.name : kernel.exact_with;
  EXPECT_EQ(tile.run(kernel), tile.run(force(kernel.op, oracle)))
      << kernel.name << " on " << tile.name;
}

// The original kernels against themselves on a picture of their memory.
void judge_historic(const Kernel& kernel, const Tile& tile) {
  const auto in_memory = [&]<class Softmax>(Softmax) {
    return SeedMemory<Softmax>(kSeedNoOverflow).run(tile.q, tile.k, tile.v, 9);
  };
  const std::map<std::string_view, std::vector<std::int8_t>> expected = {
      {"seed_taylor", in_memory(SeedTaylor())},
      {"seed_regions", in_memory(SeedRegions())},
      {"seed_lut_i8", in_memory(SeedLutI8())},
      {"seed_lut_i32", in_memory(SeedLutI32())}};
  std::string_view name = kernel.name;
  if (kernel.isa == Isa::aie2) name.remove_suffix(std::string_view("_aie2").size());
  if (name == "seed_vector_mac" || name == "seed_mmul") name = "seed_taylor";
  const auto found = expected.find(name);
  ASSERT_NE(found, expected.end()) << kernel.name << ": not one of the original kernels";
  EXPECT_EQ(tile.run(kernel), found->second) << kernel.name << " on " << tile.name;
}

TEST(TileAttention, EveryListedVariantIsRunAndJudged) {
  const std::vector<Tile> tiles = test_tiles();
  std::size_t judged = 0, bounded = 0;
  for (const Kernel* kernel : kernels_of(TileAttentionParams::kOp)) {
    const bool is_bounded = bounds().contains(kernel->name);
    bounded += is_bounded ? 1 : 0;
    if (!runs_here(kernel->isa)) {
      std::cout << "not on this machine: " << kernel->name << '\n';
      continue;
    }
    for (const Tile& tile : tiles) {
      switch (kernel->exactness) {
        case Exactness::exact:
          judge_exact(*kernel, tile);
          if (is_bounded) judge_bounded(*kernel, tile);  // an oracle of other arithmetic
          break;
        case Exactness::bounded:
          judge_bounded(*kernel, tile);
          break;
        case Exactness::historic:
          judge_historic(*kernel, tile);
          break;
      }
    }
    ++judged;
  }
  EXPECT_GT(judged, 5U) << "the portable variants alone are more";
  // Other processor families list the portable ones alone.
  EXPECT_TRUE(bounded == 2 || bounded == bounds().size()) << "a bound is of no listed variant";
}

// The oracle itself against softmax in float64: the score is rounded to a step of 1/20 nat, which
// changes a weight by up to 1/40 of itself, and a weight to 1/255 of the largest.
TEST(TileAttention, TheOracleIsASoftmax) {
  for (const Tile& input : test_tiles()) {
    if (input.name == "extremes") continue;  // its scores are clamped
    const std::vector<std::int8_t> out = input.run(force("tile_attention", "scalar"));
    double size = 0, error = 0;
    for (std::size_t query = 0; query < kTile; ++query) {
      std::vector<double> weights(kTile);
      double best = -1e9, total = 0;
      for (std::size_t key = 0; key < kTile; ++key) {
        const double score = input.product(query, key) * input.score_scale;
        weights[key] = std::clamp(score, -127.0, 127.0) / kStepsPerNat;
        best = std::max(best, weights[key]);
      }
      for (double& weight : weights) total += weight = std::exp(weight - best);
      for (std::size_t d = 0; d < kTile; ++d) {
        double expected = 0;
        for (std::size_t key = 0; key < kTile; ++key) {
          expected += weights[key] / total * input.v[key * kTile + d];
        }
        const double difference = out[query * kTile + d] - expected;
        size += expected * expected;
        error += difference * difference;
      }
    }
    // Half a step of rounding the output besides, which is 0.29 in the root mean square.
    EXPECT_LT(std::sqrt(error / kTileElements), 0.03 * std::sqrt(size / kTileElements) + 0.5)
        << input.name;
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
