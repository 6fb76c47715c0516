#include "src/whisper/sampler.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

namespace tessera::whisper {
namespace {

TEST(Sampler, DrawsWhatTheDefinitionGives) {
  // Computed with Python's integers from the definition in the header.
  EXPECT_EQ(Sampler(0, 0, 0).uniform(0, 0), 0.47141042966848024);
  EXPECT_EQ(Sampler(42, 2640, 3).uniform(4, 17), 0.1422784632599461);
  EXPECT_EQ(Sampler(~std::uint64_t{0}, 0, 1).uniform(0, 1), 0.9102313491999117);
}

TEST(Sampler, EveryPlaceHasItsOwnDraw) {
  std::set<double> draws;
  for (const std::uint64_t seed : {0, 1}) {
    for (const int seek : {0, 1, 3000}) {
      for (const int attempt : {0, 1}) {
        for (int sample = 0; sample < 5; ++sample) {
          for (int step = 0; step < 50; ++step) {
            const double draw = Sampler(seed, seek, attempt).uniform(sample, step);
            EXPECT_GE(draw, 0.0);
            EXPECT_LT(draw, 1.0);
            draws.insert(draw);
          }
        }
      }
    }
  }
  EXPECT_EQ(draws.size(), 2u * 3 * 2 * 5 * 50);
}

TEST(SampleToken, InvertsTheCumulativeDistribution) {
  const float never = -std::numeric_limits<float>::infinity();
  // Probabilities 0, 1/7, 2/7, 0, 4/7 at temperature 1.
  const auto log2 = static_cast<float>(std::log(2.0));
  const std::vector<float> logits = {never, 0.0f, log2, never, 2 * log2};
  EXPECT_EQ(sample_token(logits, 1.0, 0.0), 1);
  EXPECT_EQ(sample_token(logits, 1.0, 0.142), 1);
  EXPECT_EQ(sample_token(logits, 1.0, 0.144), 2);
  EXPECT_EQ(sample_token(logits, 1.0, 0.428), 2);
  EXPECT_EQ(sample_token(logits, 1.0, 0.429), 4);
  EXPECT_EQ(sample_token(logits, 1.0, std::nextafter(1.0, 0.0)), 4);
  // At 0.5 the weights are squared: 1/21, 4/21, 16/21.
  EXPECT_EQ(sample_token(logits, 0.5, 0.04), 1);
  EXPECT_EQ(sample_token(logits, 0.5, 0.05), 2);
  EXPECT_EQ(sample_token(logits, 0.5, 0.239), 4);
}

// Sums over a vocabulary are taken in blocks, which no draw may notice.
TEST(SampleToken, InvertsTheCumulativeDistributionOfALongRow) {
  std::vector<float> logits(1000, -std::numeric_limits<float>::infinity());
  EXPECT_EQ(sample_token(logits, 1.0, 0.5), 0) << "nothing is allowed";
  double total = 0;
  for (std::size_t id = 300; id < 990; id += 3) {
    logits[id] = static_cast<float>(id % 7);
    total += std::exp(logits[id] / 0.6);
  }
  double sum = 0;
  for (std::size_t id = 300; id < 990; id += 3) {
    const double weight = std::exp(logits[id] / 0.6);
    // Well inside, as rounding decides where the border is.
    for (const double part : {0.001, 0.5, 0.999}) {
      EXPECT_EQ(sample_token(logits, 0.6, (sum + part * weight) / total), static_cast<int>(id));
    }
    sum += weight;
  }
  EXPECT_EQ(sample_token(logits, 0.6, 0.0), 300);
  EXPECT_EQ(sample_token(logits, 0.6, std::nextafter(1.0, 0.0)), 987);
}

TEST(SampleToken, TakesTokensAsOftenAsTheyAreLikely) {
  const std::vector<float> logits = {0.0f, 1.0f, -1.0f, 2.0f};
  constexpr double kTemperature = 0.7;
  constexpr int kDraws = 20000;
  std::array<int, 4> counts{};
  for (int step = 0; step < kDraws; ++step) {
    ++counts[static_cast<std::size_t>(
        sample_token(logits, kTemperature, Sampler(3, 0, 0).uniform(0, step)))];
  }
  double total = 0;
  for (const float logit : logits) total += std::exp(logit / kTemperature);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double p = std::exp(logits[i] / kTemperature) / total;
    // Five standard deviations of a binomial count.
    EXPECT_NEAR(counts[i], kDraws * p, 5 * std::sqrt(kDraws * p * (1 - p))) << i;
  }
}

}  // namespace
}  // namespace tessera::whisper
