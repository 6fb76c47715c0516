#include "src/compute/log_mel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tessera/error.h"

namespace tessera::compute {
namespace {

constexpr int kBins = LogMelFrames::kBins;

std::vector<float> flat_window() { return std::vector<float>(LogMelFrames::kFrameSamples, 1.0f); }

/// Bands of one weight of 1, at the given bins; -1: a band of zeros.
std::vector<float> bands_at(const std::vector<int>& bins) {
  std::vector<float> bank(bins.size() * kBins);
  for (std::size_t band = 0; band < bins.size(); ++band) {
    if (bins[band] >= 0) bank[band * kBins + static_cast<std::size_t>(bins[band])] = 1.0f;
  }
  return bank;
}

TEST(LogMelFrames, TakesBandsOfAnyPlaceAndSize) {
  // A click of height 1 has power 1 at every frequency.
  std::vector<float> samples(LogMelFrames::kFrameSamples);
  samples[123] = 1.0f;
  std::vector<float> bank = bands_at({0, 1, 100, kBins - 1, -1});
  std::vector<float> wide(kBins);
  wide[3] = wide[7] = 5.0f;
  bank.insert(bank.end(), wide.begin(), wide.end());
  std::vector<float> end(kBins);
  end[kBins - 1] = end[kBins - 2] = end[kBins - 3] = 100.0f / 3;
  bank.insert(bank.end(), end.begin(), end.end());
  LogMelFrames frames(flat_window(), bank);
  std::vector<float> out(7);
  EXPECT_NEAR(frames.compute(samples, out.data(), 1), 2.0f, 1e-6);
  EXPECT_THAT(out,
              testing::Pointwise(testing::FloatNear(1e-6f),
                                 {0.0f, 0.0f, 0.0f, 0.0f, LogMelFrames::kSilence, 1.0f, 2.0f}));
}

TEST(LogMelFrames, SamplesThatAreTooLargeForFloat32HaveFinitePowers) {
  LogMelFrames frames(flat_window(), bands_at({0, 1}));
  constexpr float kLargest = std::numeric_limits<float>::max();
  const std::vector<float> samples(LogMelFrames::kFrameSamples + LogMelFrames::kHopSamples,
                                   kLargest);
  std::vector<float> out(4);
  frames.compute(samples, out.data(), 2);
  const double expected = 2 * std::log10(400.0 * kLargest);
  EXPECT_STREQ(frames.variant(), "scalar");
  EXPECT_NEAR(out[0], expected, 1e-5);
  EXPECT_NEAR(out[1], expected, 1e-5);
}

TEST(LogMelFrames, RefusesWrongSizes) {
  EXPECT_THROW(LogMelFrames(std::vector<float>(399), bands_at({1})), Error);
  EXPECT_THROW(LogMelFrames(flat_window(), std::vector<float>(kBins - 1)), Error);
  EXPECT_THROW(LogMelFrames(flat_window(), {}), Error);
  LogMelFrames frames(flat_window(), bands_at({1}));
  std::vector<float> out(4);
  EXPECT_THROW(frames.compute(std::vector<float>(399), out.data(), 4), Error);
  EXPECT_THROW(frames.compute(std::vector<float>(401), out.data(), 4), Error);
  EXPECT_NO_THROW(frames.compute(std::vector<float>(560), out.data(), 4));
}

}  // namespace
}  // namespace tessera::compute
