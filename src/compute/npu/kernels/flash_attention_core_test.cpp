// bfloat16 attention over many keys against softmax in float64, and what it issues.
#include "src/compute/npu/kernels/flash_attention_core.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "src/compute/npu/cost/core_cost.h"
#include "src/compute/npu/kernels/bf16_blocks.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

constexpr int kQueries = 64, kKeys = 32, kWidth = 64;
using Floats = std::vector<float>;

Floats normal_numbers(std::mt19937& random, int rows, double size, double growth = 1) {
  std::normal_distribution<double> distribution;
  Floats numbers(static_cast<std::size_t>(rows) * kWidth);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const double scale = size * std::pow(growth, static_cast<double>(i) / (kKeys * kWidth));
    numbers[i] = nearest_bfloat16(static_cast<float>(scale * distribution(random))).to_float();
  }
  return numbers;
}

struct FlashProblem {
  int keys;
  double spread;  // of scores, in octaves
  double growth;  // of keys, from 32 to 32: maxima that rise
  Floats q, k, v;

  FlashProblem(unsigned seed, int keys, double spread, double growth)
      : keys(keys), spread(spread), growth(growth) {
    std::mt19937 random(seed);
    q = normal_numbers(random, kQueries, spread / 8);
    k = normal_numbers(random, keys, 1, growth);
    v = normal_numbers(random, keys, 3);
  }

  Floats on_core(FlashAttentionCore& core) const {
    Floats out(static_cast<std::size_t>(kQueries) * kWidth, 99.0f);
    core.begin(q.data());
    for (int first = 0; first < keys; first += kKeys) {
      core.add(k.data() + first * kWidth, v.data() + first * kWidth, std::min(kKeys, keys - first));
    }
    core.end(out.data());
    return out;
  }
};

// Softmax attention of one query in float64, and how far the kernel may be from it.
struct ExactFlash {
  std::vector<double> weights;
  double score_error = 0;

  ExactFlash(const FlashProblem& problem, int query)
      : weights(static_cast<std::size_t>(problem.keys)) {
    double best = -1e300, total = 0;
    for (int key = 0; key < problem.keys; ++key) {
      double score = 0, size = 0;
      for (int d = 0; d < kWidth; ++d) {
        const double product = static_cast<double>(problem.q[query * kWidth + d]) *
                               static_cast<double>(problem.k[key * kWidth + d]);
        score += product;
        size += std::fabs(product);
      }
      // Eight steps, in each of which nine terms are rounded to 24 bits of the largest, and the
      // sum.
      score_error = std::max(score_error, 8 * 10 * std::exp2(-24) * size);
      weights[static_cast<std::size_t>(key)] = score;
      best = std::max(best, score);
    }
    for (double& weight : weights) total += weight = std::exp2(weight - best);
    for (double& weight : weights) weight /= total;
  }

  // Of column d. A weight is off by the rounding of its exponent to 2^-7 octaves, the cubic's 0.09
  // %, its own rounding to 8 bits, and its score's error: a share e. Sums and totals have the same
  // weights, so the quotient is off by at most e / (1 - e) times the values' mean distance from it.
  // Then it is rounded to 8 bits; the reciprocal has 16, sums have 24.
  bool allows(const FlashProblem& problem, int d, double got) const {
    double value = 0, distance = 0, size = 0;
    const auto v = [&](std::size_t key) {
      return static_cast<double>(problem.v[key * kWidth + static_cast<std::size_t>(d)]);
    };
    for (std::size_t key = 0; key < weights.size(); ++key) value += weights[key] * v(key);
    for (std::size_t key = 0; key < weights.size(); ++key) {
      distance += weights[key] * std::fabs(v(key) - value);
      size += weights[key] * std::fabs(v(key));
    }
    const double e = std::log(2) * (std::exp2(-8) + score_error) + 0.0009 + std::exp2(-8) + 2e-5;
    return std::fabs(got - value) <=
           e / (1 - e) * distance + std::exp2(-8) * std::fabs(value) + std::exp2(-13) * size;
  }
};

TEST(FlashAttentionCore, IsSoftmaxAttentionWithinItsRoundings) {
  FlashAttentionCore core;
  const FlashProblem problems[] = {{1, 32, 2, 1},  {2, 1500, 4, 1}, {3, 33, 1, 1},
                                   {4, 1, 3, 1},   {5, 29, 0.1, 1}, {6, 320, 12, 1.25},
                                   {7, 70, 60, 1}, {8, 256, 3, 0.7}};
  for (const FlashProblem& problem : problems) {
    const Floats out = problem.on_core(core);
    for (int query = 0; query < kQueries; query += 3) {
      const ExactFlash exact(problem, query);
      for (int d = 0; d < kWidth; d += 5) {
        ASSERT_TRUE(exact.allows(problem, d, static_cast<double>(out[query * kWidth + d])))
            << problem.keys << " keys, spread " << problem.spread << ", query " << query
            << ", column " << d << ": " << out[query * kWidth + d];
      }
    }
  }
}

// Scores of -30 octaves first, then of 30: nothing that came before may be left.
TEST(FlashAttentionCore, ForgetsWhatBecameTooSmall) {
  FlashAttentionCore core;
  Floats q(kQueries * kWidth), k(kKeys * kWidth), v(kKeys * kWidth, 1000.0f);
  for (int query = 0; query < kQueries; ++query) q[static_cast<std::size_t>(query) * kWidth] = 1;
  for (int key = 0; key < kKeys; ++key) k[static_cast<std::size_t>(key) * kWidth] = -30;
  core.begin(q.data());
  core.add(k.data(), v.data(), kKeys);
  for (int key = 0; key < kKeys; ++key) k[static_cast<std::size_t>(key) * kWidth] = 30;
  std::fill(v.begin(), v.end(), -2.0f);
  core.add(k.data(), v.data(), kKeys);
  Floats out(kQueries * kWidth);
  core.end(out.data());
  EXPECT_EQ(out, Floats(kQueries * kWidth, -2.0f));  // 1000 * 2^-60 is nothing beside it
}

TEST(FlashAttentionCore, SetsTheModesThatItNeeds) {
  FlashAttentionCore core;
  const FlashProblem problem(9, 96, 3, 1);
  const Floats expected = problem.on_core(core);
  core.core().rounding = Rounding::floor;
  core.core().saturation = Saturation::saturate;
  EXPECT_EQ(problem.on_core(core), expected);
}

TEST(FlashAttentionCore, RefusesTilesWithoutKeys) {
  FlashAttentionCore core;
  const Floats tile(kQueries * kWidth);
  core.begin(tile.data());
  for (const int keys : {0, -1, 33}) {
    EXPECT_THROW(core.add(tile.data(), tile.data(), keys), Error) << keys;
  }
}

// Two calls are a pair of 64 queries and 64 keys. 64^3 / 128 products of both kinds, and what
// bounds each loop: the multiplier in both products, conversions while weights are made.
TEST(FlashAttentionCore, APairTakesWhatTheDesignSays) {
  FlashAttentionCore core;
  const FlashProblem problem(10, 1500, 3, 1);
  problem.on_core(core);
  ASSERT_EQ(core.counts().size(), 3U);
  const KernelCounts& pair = core.counts()[1];
  ASSERT_EQ(pair.calls, 47);
  for (const LoopCounts& loop : pair.loops) {
    if (loop.name == "scores") {
      EXPECT_EQ(loop.issued.float_products, 47 * 1024);
      EXPECT_EQ(initiation_interval(loop), 64);
    }
    if (loop.name == "values") {
      EXPECT_EQ(loop.issued.float_products, 47 * 1024);
      EXPECT_EQ(initiation_interval(loop), 32);
    }
    if (loop.name == "weights") {
      EXPECT_EQ(initiation_interval(loop), 58);
    }
    // Scores, maxima and totals share a bank: there is no other room.
    const bool shares = loop.name == "maxima" || loop.name == "mask";
    EXPECT_LE(loop.bank_conflicts, shares ? 2 * loop.trips : 0) << loop.name;
  }
  EXPECT_LE(2 * kernel_cycles(pair, Grade::hand) / 47, 10000);
  EXPECT_LE(core.core().stack_used(), 0U) << "no locals";
}

}  // namespace
}  // namespace tessera::compute::npu
