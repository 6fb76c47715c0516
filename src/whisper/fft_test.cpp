#include "src/whisper/fft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <random>

namespace tessera::whisper {
namespace {

constexpr std::size_t kValues = kFftSize * kFftLanes;

std::complex<double> naive_dft(std::span<const double> real, std::span<const double> imag, int lane,
                               int k) {
  std::complex<double> sum = 0.0;
  for (int n = 0; n < kFftSize; ++n) {
    const double angle = -2.0 * std::numbers::pi * ((n * k) % kFftSize) / kFftSize;
    const std::size_t at = n * kFftLanes + lane;
    sum += std::complex(real[at], imag[at]) * std::polar(1.0, angle);
  }
  return sum;
}

TEST(Fft, EqualsTheNaiveTransformInEveryLane) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  std::vector<double> real(kValues), imag(kValues);
  for (double& x : real) x = normal(random);
  for (double& x : imag) x = normal(random);
  std::vector<double> out_real = real, out_imag = imag;
  Fft().forward(out_real, out_imag);
  for (int lane = 0; lane < kFftLanes; ++lane) {
    for (int k = 0; k < kFftSize; ++k) {
      const std::complex<double> expected = naive_dft(real, imag, lane, k);
      EXPECT_NEAR(out_real[k * kFftLanes + lane], expected.real(), 1e-12) << lane << " " << k;
      EXPECT_NEAR(out_imag[k * kFftLanes + lane], expected.imag(), 1e-12) << lane << " " << k;
    }
  }
}

TEST(Fft, ALanesResultDoesNotDependOnTheOthers) {
  std::vector<double> alone_real(kValues), alone_imag(kValues);
  for (int n = 0; n < kFftSize; ++n) alone_real[n * kFftLanes + 1] = std::sin(0.37 * n);
  std::vector<double> real = alone_real, imag = alone_imag;
  for (std::size_t i = 0; i < kValues; ++i) {
    if (i % kFftLanes != 1) real[i] = imag[i] = 1e30 * std::cos(0.1 * i);
  }
  Fft fft;
  fft.forward(real, imag);
  fft.forward(alone_real, alone_imag);
  for (int k = 0; k < kFftSize; ++k) {
    EXPECT_EQ(real[k * kFftLanes + 1], alone_real[k * kFftLanes + 1]);
    EXPECT_EQ(imag[k * kFftLanes + 1], alone_imag[k * kFftLanes + 1]);
  }
}

}  // namespace
}  // namespace tessera::whisper
