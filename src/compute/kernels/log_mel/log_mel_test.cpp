// Every variant of log_mel in the list against a plain Fourier sum in float64.
#include <complex>
#include <functional>
#include <numbers>

#include "src/compute/kernels/kernel_test.h"

namespace tessera::compute::kernels {
namespace {

/// Triangles that widen towards high frequencies as Whisper's do.
struct FilterBank {
  std::vector<MelBand> bands;
  std::vector<float> weights;

  explicit FilterBank(int n_bands) {
    for (int band = 0; band < n_bands; ++band) {
      const int bins = 2 * (1 + band * 7 / n_bands);
      const int first = band * (kMelBins - bins) / std::max(1, n_bands - 1);
      bands.push_back({first, bins, static_cast<std::int32_t>(weights.size())});
      for (int i = 0; i < bins; ++i) {
        const int from_edge = std::min(i + 1, bins - 1 - i);  // 0 at the last
        weights.push_back(0.05f * static_cast<float>(from_edge) / static_cast<float>(bins));
      }
    }
  }
};

std::vector<float> window() {
  std::vector<float> values;
  for (int n = 0; n < kMelFrameSamples; ++n) {
    values.push_back(
        static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * n / kMelFrameSamples)));
  }
  return values;
}

/// What a band is in float64, and how far float32 may be from it.
struct Expected {
  double power, error;
};

// In float32 each stage of the transform rounds relative to its size, which the next ones,
// multiples of unitary transforms, pass on: the error of all bins together is that of the stages,
// relative to the size of the spectrum, 20 |x|. Roundings on a way through them, with those of
// factors:
//   16 real numbers     2 + 2 + 4
//   5 numbers, twice    6 + 6
//   the factors between 3
// and as many again at most because the parts of a transform of 5 are larger than what they sum to.
constexpr double kTransformRoundings = 2 * (8 + 12 + 3);

std::vector<Expected> expected_frame(const float* samples, const std::vector<float>& window,
                                     const FilterBank& bank) {
  std::vector<float> x(kMelFrameSamples);
  double squares = 0;
  for (std::size_t n = 0; n < x.size(); ++n) {
    x[n] = samples[n] * window[n];
    squares += static_cast<double>(x[n]) * x[n];
  }
  const double error = kTransformRoundings * kRounding * std::sqrt(kMelFrameSamples * squares);
  std::vector<double> powers(kMelBins);
  for (std::size_t k = 0; k < powers.size(); ++k) {
    std::complex<double> sum = 0;
    for (std::size_t n = 0; n < x.size(); ++n) {
      const auto turn = static_cast<double>(n * k % kMelFrameSamples) / kMelFrameSamples;
      sum += static_cast<double>(x[n]) * std::polar(1.0, -2 * std::numbers::pi * turn);
    }
    powers[k] = std::norm(sum);
  }
  std::vector<Expected> bands;
  for (const MelBand& band : bank.bands) {
    Expected result{};
    for (int i = 0; i < band.bins; ++i) {
      const double power = powers[static_cast<std::size_t>(band.first_bin + i)];
      const double weight = bank.weights[static_cast<std::size_t>(band.first_weight + i)];
      result.power += weight * power;
      result.error += weight * (2 * std::sqrt(power) * error + error * error);
    }
    result.error += (band.bins + 3) * kRounding * result.power;
    bands.push_back(result);
  }
  return bands;
}

double log10_of(double power) { return std::log10(std::max(power, 1e-10)); }

/// The logarithm itself: its polynomial is within 1.5e-8, and its product with the mantissa is
/// rounded, as are the exponent's with log10 2, the sum and the least power.
void expect_near(float found, const Expected& expected, const Kernel& kernel,
                 const std::string& what) {
  const bool is_float64 = std::string_view(kernel.name) == "scalar";
  const double error = is_float64 ? 0 : expected.error;
  const double value = log10_of(expected.power);
  const double rounding = (is_float64 ? 1 : 4) * kRounding * std::max(1.0, std::abs(value)) + 1e-8;
  ASSERT_LE(found, log10_of(expected.power + error) + rounding) << kernel.name << ": " << what;
  ASSERT_GE(found, log10_of(expected.power - error) - rounding) << kernel.name << ": " << what;
  if (expected.power + error < 0.999e-10) {
    ASSERT_EQ(found, kMelSilence) << kernel.name << ": " << what;
  }
}

/// Memory of one call, which ends where the samples do.
struct Call {
  Call(const std::vector<float>& samples, int frames, const FilterBank& bank)
      : window(kernels::window()),
        out(bank.bands.size(), frames, 3),
        scratch(kLogMelScratchBytes + 64) {
    params.samples = samples.data();
    params.frames = frames;
    params.window = window.data();
    params.bands = bank.bands.data();
    params.weights = bank.weights.data();
    params.n_bands = static_cast<int>(bank.bands.size());
    params.out = out.data();
    params.out_stride = out.stride();
    params.largest = &largest;
    const auto misaligned = reinterpret_cast<std::uintptr_t>(scratch.data()) % 64;
    params.scratch = scratch.data() + (64 - misaligned);
  }

  float at(int band, int frame) { return out.row(static_cast<std::size_t>(band))[frame]; }

  std::vector<float> window;
  GuardedRows<float> out;
  std::vector<std::byte> scratch;
  float largest = 0;
  LogMelParams params;
};

std::vector<float> samples_of(int frames, const std::function<float(std::size_t)>& value_of) {
  std::vector<float> samples(
      static_cast<std::size_t>((frames - 1) * kMelHopSamples + kMelFrameSamples));
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = value_of(i);
  return samples;
}

/// All variants on these samples; of 100 frames or more only those named are compared.
void expect_variants(const std::string& name, const std::vector<float>& samples, int frames,
                     int n_bands, std::vector<int> compared = {}) {
  const FilterBank bank(n_bands);
  for (int frame = 0; frame < frames && frames < 100; ++frame) compared.push_back(frame);
  std::vector<std::vector<Expected>> expected;
  const std::vector<float> factors = window();
  for (const int frame : compared) {
    expected.push_back(expected_frame(samples.data() + frame * kMelHopSamples, factors, bank));
  }
  for (const Kernel* kernel : runnable(LogMelParams::kOp)) {
    Call call(samples, frames, bank);
    run_named(*kernel, call.params);
    EXPECT_TRUE(call.out.is_guarded()) << kernel->name << " wrote outside " << frames << " frames";
    float largest = kMelSilence;
    for (int band = 0; band < n_bands; ++band) {
      for (int frame = 0; frame < frames; ++frame) {
        largest = std::max(largest, call.at(band, frame));
      }
      for (std::size_t i = 0; i < compared.size(); ++i) {
        expect_near(call.at(band, compared[i]), expected[i][static_cast<std::size_t>(band)],
                    *kernel,
                    name + ", band " + std::to_string(band) + " of frame " +
                        std::to_string(compared[i]) + " of " + std::to_string(frames));
      }
    }
    EXPECT_EQ(call.largest, largest) << kernel->name << ": " << name;
  }
}

std::function<float(std::size_t)> noise(float size) {
  return [size, random = std::mt19937(3), normal = std::normal_distribution<float>()](
             std::size_t) mutable { return size * normal(random); };
}

float tone(std::size_t i) {
  return 0.5f *
         static_cast<float>(std::sin(2 * std::numbers::pi * 440 * static_cast<double>(i) / 16000));
}

TEST(LogMelKernels, EveryVariantIsWithinItsBound) {
  for (const int frames : {1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33}) {
    expect_variants("noise", samples_of(frames, noise(0.1f)), frames, 80);
  }
  for (const int n_bands : {1, 3, 4, 128}) {
    expect_variants("noise", samples_of(17, noise(0.1f)), 17, n_bands);
  }
  expect_variants("a window", samples_of(3000, noise(0.1f)), 3000, 80,
                  {0, 1, 15, 16, 1499, 2983, 2984, 2992, 2999});
}

TEST(LogMelKernels, HardSoundsAreWithinTheBoundToo) {
  constexpr int kFrames = 17;
  const auto expect = [&](const std::string& name, const std::function<float(std::size_t)>& f) {
    expect_variants(name, samples_of(kFrames, f), kFrames, 80);
  };
  expect("a tone", tone);
  expect("a constant", [](std::size_t) { return 0.7f; });
  expect("alternating", [](std::size_t i) { return i % 2 == 0 ? 1.0f : -1.0f; });
  expect("one click", [](std::size_t i) { return i == 1000 ? 1.0f : 0.0f; });
  expect("clipped", [](std::size_t i) { return tone(i) > 0 ? 1.0f : -1.0f; });
  expect("a loud tone over soft noise",
         [soft = noise(1e-5f)](std::size_t i) mutable { return tone(i) + soft(i); });
  expect("loud after soft",
         [soft = noise(1e-4f)](std::size_t i) mutable { return i < 1500 ? soft(i) : tone(i); });
  expect("near the least power", noise(1e-5f));
  expect("denormals", noise(1e-40f));
  expect("large samples", [](std::size_t) { return 0x1p50f; });
  expect("large samples, alternating",
         [](std::size_t i) { return i % 2 == 0 ? 0x1p50f : -0x1p50f; });
}

TEST(LogMelKernels, WhatIsTooLargeForFloat32IsToldByTheLargest) {
  constexpr int kFrames = 3;
  constexpr float kLargest = std::numeric_limits<float>::max();
  const FilterBank bank(80);
  const std::function<float(std::size_t)> sounds[] = {
      [](std::size_t) { return kLargest; }, [](std::size_t) { return -kLargest; },
      [](std::size_t i) { return i % 2 == 0 ? kLargest : -kLargest; },
      [](std::size_t i) { return i == 300 ? kLargest : 0.0f; },
      [](std::size_t i) { return i == 300 ? 0x1p66f : 0.0f; }};
  for (const auto& sound : sounds) {
    const std::vector<float> samples = samples_of(kFrames, sound);
    for (const Kernel* kernel : runnable(LogMelParams::kOp)) {
      Call call(samples, kFrames, bank);
      run_named(*kernel, call.params);
      EXPECT_GE(call.largest, kMelOverflow) << kernel->name;
      EXPECT_TRUE(std::isfinite(call.largest)) << kernel->name;
    }
  }
}

TEST(LogMelKernels, NothingIsExactlySilent) {
  constexpr int kFrames = 19;
  const FilterBank bank(80);
  for (const float nothing : {0.0f, -0.0f, 1e-45f}) {
    const auto samples = samples_of(kFrames, [&](std::size_t) { return nothing; });
    for (const Kernel* kernel : runnable(LogMelParams::kOp)) {
      Call call(samples, kFrames, bank);
      run_named(*kernel, call.params);
      EXPECT_EQ(call.largest, kMelSilence) << kernel->name;
      for (int band = 0; band < 80; ++band) {
        for (int frame = 0; frame < kFrames; ++frame) {
          ASSERT_EQ(call.at(band, frame), kMelSilence) << kernel->name;
        }
      }
    }
  }
}

TEST(LogMelKernels, AFrameDoesNotDependOnItsNeighboursOrItsPlace) {
  constexpr int kFrames = 40;
  const FilterBank bank(80);
  const std::vector<float> samples = samples_of(kFrames, noise(0.1f));
  for (const Kernel* kernel : runnable(LogMelParams::kOp)) {
    Call together(samples, kFrames, bank);
    run_named(*kernel, together.params);
    for (const int frame : {0, 5, 16, 23, 39}) {
      const std::vector<float> alone(samples.begin() + frame * kMelHopSamples,
                                     samples.begin() + frame * kMelHopSamples + kMelFrameSamples);
      Call call(alone, 1, bank);
      run_named(*kernel, call.params);
      for (int band = 0; band < 80; ++band) {
        ASSERT_EQ(call.at(band, 0), together.at(band, frame)) << kernel->name << ", " << frame;
      }
    }
  }
}

// The bound above is for the worst case. On noise, roundings cancel: what is left is a tenth of
// what the agreement with openai-whisper, 1e-5 of a quarter of the logarithm, leaves room for.
TEST(LogMelKernels, NoiseIsCloserByFar) {
  constexpr int kFrames = 200;
  const FilterBank bank(80);
  const std::vector<float> samples = samples_of(kFrames, noise(0.1f));
  Call exact(samples, kFrames, bank);
  run_named(force(LogMelParams::kOp, "scalar"), exact.params);
  for (const Kernel* kernel : runnable(LogMelParams::kOp)) {
    Call call(samples, kFrames, bank);
    run_named(*kernel, call.params);
    double squares = 0;
    for (int band = 0; band < 80; ++band) {
      for (int frame = 0; frame < kFrames; ++frame) {
        squares += std::pow(static_cast<double>(call.at(band, frame)) - exact.at(band, frame), 2);
      }
    }
    const double error = std::sqrt(squares / (80.0 * kFrames));
    RecordProperty(kernel->name, std::to_string(error));
    EXPECT_LT(error, 1e-6) << kernel->name;
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
