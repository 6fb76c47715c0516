#include <algorithm>
#include <cmath>
#include <memory>
#include <random>

#include "bench/kernel_suites.h"
#include "bench/timing.h"
#include "src/compute/kernels/isa.h"
#include "src/compute/log_mel.h"
#include "src/whisper/mel.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

using namespace compute::kernels;  // NOLINT: this file is about them
using compute::LogMelFrames;

constexpr int kBands = 80;
constexpr int kFrames = whisper::kWindowFrames;
constexpr std::size_t kWindow = std::size_t{kFrames} * whisper::kHopSamples;

// Multiplications and additions, counted in dft_inl.h and log_mel_inl.h. Of a frame: its window, 25
// transforms of 16 numbers, 7 of 25 complex and 2 of 25 real ones, the powers, 391 weights, the
// logarithms.
constexpr double kOperations = 400 + 25 * 80 + 7 * 596 + 2 * 262 + 3 * 201 + 2 * 391 + 18 * kBands;

// What DESIGN.md promises of the agreement with openai-whisper.
constexpr float kAllowed = 1e-5f;

std::vector<float> noise() {
  std::mt19937 random(17);
  std::normal_distribution<float> normal(0, 0.1f);
  std::vector<float> samples(kWindow);
  for (float& sample : samples) sample = normal(random);
  return samples;
}

/// The samples of all frames: half a frame before the first sample, which mirrors the one after it,
/// and silence after the last.
std::vector<float> samples_of_frames(const std::vector<float>& sound) {
  constexpr std::size_t kMirrored = whisper::kWindowSamples / 2;
  std::vector<float> samples(sound.begin() + 1, sound.begin() + 1 + kMirrored);
  std::reverse(samples.begin(), samples.end());
  samples.insert(samples.end(), sound.begin(), sound.end());
  samples.resize(kWindow - whisper::kHopSamples + whisper::kWindowSamples);
  return samples;
}

/// As a transcription does it: samples in pieces of a second, and then the window.
void run_stage(const std::vector<float>& sound, std::vector<float>& window) {
  constexpr std::size_t kPiece = std::size_t{whisper::kFramesPerSecond} * whisper::kHopSamples;
  whisper::LogMelBuilder builder(kBands);
  for (std::size_t at = 0; at < sound.size(); at += kPiece) {
    builder.push(std::span(sound).subspan(at, kPiece));
  }
  builder.finish().window(0, kFrames, window);
}

std::vector<float> normalised(std::vector<float> logarithms) {
  const float largest = *std::max_element(logarithms.begin(), logarithms.end());
  for (float& value : logarithms) value = (std::max(value, largest - 8) + 4) / 4;
  return logarithms;
}

void verify_mel(const std::vector<float>& found, const std::vector<float>& expected,
                const std::string& what) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::abs(found[i] - expected[i]) <= kAllowed) continue;
    throw Error(ErrorCode::internal, what + ": wrong answer");
  }
}

struct Way {
  std::string name, variant;
  Isa isa;
};

}  // namespace

std::vector<Row> run_mel(const KernelOptions& options, PeakTable& peak) {
  const IsaTier tier =
      options.isa.empty() ? IsaTier::from_environment() : IsaTier::parse(options.isa);
  const std::vector<float> sound = noise(), samples = samples_of_frames(sound);
  std::vector<float> out(std::size_t{kBands} * kFrames), expected;
  std::vector<Way> ways;
  std::vector<std::function<void()>> calls;
  for (const Isa isa : all_isas()) {
    if (!tier.allows(isa)) continue;
    const auto frames = std::make_shared<LogMelFrames>(
        whisper::hann_window(), whisper::mel_filter_bank(kBands), isa_name(isa));
    if (!ways.empty() && ways.back().variant == frames->variant()) continue;
    calls.emplace_back([&, frames] { frames->compute(samples, out.data(), kFrames); });
    calls.back()();
    ways.push_back({"log_mel 3000x80", frames->variant(), isa});
    if (expected.empty()) expected = normalised(out);  // float64, the portable variant
    verify_mel(normalised(out), expected, "log_mel " + ways.back().variant);
  }
  if (options.isa.empty()) {  // the stage takes what the environment allows
    ways.push_back({"mel of 30 s, all of it", ways.back().variant, ways.back().isa});
    calls.emplace_back([&] { run_stage(sound, out); });
    calls.back()();
    verify_mel(out, expected, "mel");
  }
  const auto seconds = time_in_turns(calls, options.iterations, 2e-3);
  std::vector<Row> rows;
  for (std::size_t i = 0; i < ways.size(); ++i) {
    Row row;
    row.name = ways[i].name;
    row.verified = true;
    row.variant = ways[i].variant;
    row.isa = isa_name(ways[i].isa);
    row.summary = summarise_scaled(seconds[i], 1e3);
    row.giga_ops_per_s = 1e-6 * kOperations * kFrames / row.summary.median;
    const double most = peak.ops_per_s("f32", ways[i].isa, 1);
    row.share_of_peak = most > 0 ? 1e9 * row.giga_ops_per_s / most : 0;
    row.times_baseline = summarise_scaled(seconds[0], 1e3).median / row.summary.median;
    row.cycles = 1e-3 * row.summary.median * peak.clock_hz();
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace tessera::bench
