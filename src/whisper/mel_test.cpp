#include "src/whisper/mel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using Samples = std::vector<int>;  // 16-bit values

constexpr int kRateHz = kHopSamples * kFramesPerSecond;

// The signals of tools/goldens/mel.py, formula by formula.

double wave_at(std::int64_t phase, int period) {
  return std::sin(2.0 * std::numbers::pi * (static_cast<double>(phase % period) / period));
}

Samples sine(int n) {
  Samples out(n);
  for (int i = 0; i < n; ++i) {
    out[i] = static_cast<int>(std::floor(16384 * wave_at(440LL * i, kRateHz) + 0.5));
  }
  return out;
}

Samples clipped_square(int n) {
  Samples out(n);
  for (int i = 0; i < n; ++i) out[i] = (i * 440 / kRateHz) % 2 == 0 ? 32767 : -32768;
  return out;
}

Samples chirps(int n, int loud_from) {
  Samples out(n);
  std::int64_t phase = 0;
  std::uint32_t random = 1;
  for (int i = 0; i < n; ++i) {
    const int syllable = i / 3200, position = i % 3200;
    random = random * 1664525u + 1013904223u;
    phase += 100 + 20 * (syllable % 4) + position / 80;
    double voice = 0.0;
    for (int h = 1; h < 9; ++h) voice += wave_at(h * phase, kRateHz) / h;
    const double envelope = syllable % 5 == 4 ? 0.0 : 0.5 - 0.5 * wave_at(position + 800, 3200);
    const int noise = static_cast<int>(random >> 24) - 128;
    const double value = std::floor(9600 * envelope * voice + noise + 0.5);
    out[i] = static_cast<int>(i >= loud_from ? value : std::floor(value / 24));
  }
  return out;
}

/// The samples of a 16-bit WAV file that has nothing but the usual 44 bytes before them.
Samples read_plain_wav(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(44);
  Samples out;
  for (std::int16_t value; file.read(reinterpret_cast<char*>(&value), sizeof value);) {
    out.push_back(value);
  }
  return out;
}

Samples make_signal(const nlohmann::json& golden) {
  const std::string name = golden["name"];
  if (name == "sine_5s") return sine(5 * kRateHz);
  if (name == "chirps_7s") return chirps(7 * kRateHz + 77, 0);
  if (name == "loud_in_second_half_31s") return chirps(31 * kRateHz, 20 * kRateHz);
  if (name == "empty") return {};
  if (name == "one_sample") return {12345};
  if (name == "clipped_square_2s") return clipped_square(2 * kRateHz);
  if (name == "sample") {
    return read_plain_wav(std::filesystem::path(TESSERA_SOURCE_DIR) / golden["file"]);
  }
  ADD_FAILURE() << "unknown signal " << name;
  return {};
}

std::vector<float> to_float(const Samples& samples) {
  std::vector<float> out(samples.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(samples[i]) / 32768.0f;
  return out;
}

LogMel log_mel(std::span<const float> samples, int n_mels) {
  LogMelBuilder builder(n_mels);
  builder.push(samples);
  return builder.finish();
}

/// Every frame of the recording, (content_frames, n_mels), through windows of 3000.
std::vector<std::vector<float>> content(const LogMel& mel) {
  std::vector<std::vector<float>> frames(mel.content_frames(), std::vector<float>(mel.n_mels()));
  std::vector<float> window(mel.n_mels() * kWindowFrames);
  for (int seek = 0; seek < mel.content_frames(); seek += kWindowFrames) {
    const int count = std::min(kWindowFrames, mel.content_frames() - seek);
    mel.window(seek, count, window);
    for (int frame = 0; frame < count; ++frame) {
      for (int band = 0; band < mel.n_mels(); ++band) {
        frames[seek + frame][band] = window[band * kWindowFrames + frame];
      }
    }
  }
  return frames;
}

void compare_with_golden(const LogMel& mel, const nlohmann::json& golden) {
  constexpr double kTolerance = 1e-5;
  ASSERT_EQ(mel.content_frames(), golden["content_frames"].get<int>());
  const std::vector<std::vector<float>> frames = content(mel);
  std::vector<float> detection(mel.n_mels() * kWindowFrames);
  mel.detection_window(detection);
  for (std::size_t f = 0; f < golden["frames"].size(); ++f) {
    const int frame = golden["frames"][f];
    for (std::size_t b = 0; b < golden["bands"].size(); ++b) {
      const int band = golden["bands"][b];
      const double expected = golden["values"][f][b];
      if (frame < mel.content_frames()) {
        EXPECT_NEAR(frames[frame][band], expected, kTolerance) << frame << " " << band;
      }
      if (frame < kWindowFrames) {
        EXPECT_NEAR(detection[band * kWindowFrames + frame], expected, kTolerance)
            << frame << " " << band;
      }
    }
  }
  for (std::size_t band = 0; band < golden["band_means"].size(); ++band) {
    double sum = 0.0;
    for (const std::vector<float>& frame : frames) sum += frame[band];
    EXPECT_NEAR(sum / frames.size(), golden["band_means"][band].get<double>(), 1e-6) << band;
  }
}

TEST(LogMel, AgreesWithOpenaiWhisper) {
  std::ifstream file(TESSERA_SOURCE_DIR "/tests/golden/mel.json");
  const nlohmann::json goldens = nlohmann::json::parse(file);
  ASSERT_GE(goldens["signals"].size(), 6u);
  for (const nlohmann::json& signal : goldens["signals"]) {
    const Samples samples = make_signal(signal);
    std::int64_t sum = 0, weighted_sum = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      sum += samples[i];
      weighted_sum += samples[i] * static_cast<std::int64_t>(i % 1009);
    }
    ASSERT_EQ(samples.size(), signal["samples"].get<std::size_t>()) << signal["name"];
    ASSERT_EQ(sum, signal["sum"].get<std::int64_t>()) << signal["name"];
    ASSERT_EQ(weighted_sum, signal["weighted_sum"].get<std::int64_t>()) << signal["name"];
    for (const nlohmann::json& golden : signal["mels"]) {
      SCOPED_TRACE(signal["name"].get<std::string>() + ", bands: " + golden["n_mels"].dump());
      compare_with_golden(log_mel(to_float(samples), golden["n_mels"]), golden);
    }
  }
}

TEST(LogMel, AnyDivisionIntoPiecesGivesTheSameBits) {
  const std::vector<float> samples = to_float(chirps(2 * kRateHz + 33, 0));
  const auto whole = content(log_mel(samples, 80));
  for (const std::size_t piece : {1u, 159u, 201u, 1280u, 1520u, 7777u}) {
    LogMelBuilder builder(80);
    for (std::size_t at = 0; at < samples.size(); at += piece) {
      builder.push(std::span(samples).subspan(at, std::min(piece, samples.size() - at)));
    }
    EXPECT_EQ(content(builder.finish()), whole) << piece;
  }
}

TEST(LogMel, AFrameDoesNotDependOnItsPlaceInTheGroup) {
  std::vector<float> samples = to_float(chirps(kRateHz, 0));
  const auto frames = content(log_mel(samples, 80));
  samples.insert(samples.begin(), 3 * kHopSamples, samples[0]);
  const auto shifted = content(log_mel(samples, 80));
  for (std::size_t frame = 3; frame < frames.size(); ++frame) {
    EXPECT_THAT(shifted[frame + 3], testing::Pointwise(testing::FloatNear(1e-6f), frames[frame]))
        << frame;
  }
}

TEST(LogMel, WindowIsPaddedWithZeroAndDetectionWithSilence) {
  const LogMel mel = log_mel(to_float(sine(kRateHz)), 80);
  ASSERT_EQ(mel.content_frames(), 100);
  std::vector<float> window(80 * kWindowFrames, 7.0f), detection = window;
  mel.window(60, 40, window);
  mel.detection_window(detection);
  const float silence = detection[kWindowFrames - 1];
  EXPECT_LT(silence, 0.0f);
  for (int band = 0; band < 80; ++band) {
    const float* row = window.data() + band * kWindowFrames;
    const float* detection_row = detection.data() + band * kWindowFrames;
    EXPECT_EQ(row[0], detection_row[60]);
    EXPECT_EQ(row[39], detection_row[99]);
    for (int frame = 40; frame < kWindowFrames; ++frame) ASSERT_EQ(row[frame], 0.0f);
    for (int frame = 102; frame < kWindowFrames; ++frame) ASSERT_EQ(detection_row[frame], silence);
  }
}

TEST(LogMel, TheMaximumIncludesFramesAfterTheContent) {
  // 159 samples fill no frame, yet their sound sets the maximum that detection is relative to.
  const LogMel mel = log_mel(to_float(clipped_square(159)), 80);
  ASSERT_EQ(mel.content_frames(), 0);
  std::vector<float> detection(80 * kWindowFrames);
  mel.detection_window(detection);
  EXPECT_GT(*std::max_element(detection.begin(), detection.end()), 0.5f);
  EXPECT_GT(detection[kWindowFrames - 1], -1.0f);  // -1.5 would be the silence of an empty file
}

TEST(LogMel, HugeSamplesStayFinite) {
  const std::vector<float> samples(kRateHz, std::numeric_limits<float>::max());
  for (const std::vector<float>& frame : content(log_mel(samples, 80))) {
    for (const float value : frame) ASSERT_TRUE(std::isfinite(value));
  }
}

TEST(LogMel, RefusesFramesOutsideTheRecordingAndWrongSizes) {
  const LogMel mel = log_mel(std::vector<float>(40 * kRateHz), 80);
  std::vector<float> out(80 * kWindowFrames);
  EXPECT_NO_THROW(mel.window(4000, 0, out));
  EXPECT_THROW(mel.window(-1, 10, out), Error);
  EXPECT_THROW(mel.window(0, -1, out), Error);
  EXPECT_THROW(mel.window(0, 3001, out), Error);
  EXPECT_THROW(mel.window(3001, 1000, out), Error);
  EXPECT_THROW(mel.window(std::numeric_limits<int>::max(), 1, out), Error);
  EXPECT_THROW(mel.window(0, 10, std::span(out).first(100)), Error);
  EXPECT_THROW(mel.detection_window(std::span(out).first(100)), Error);
}

TEST(LogMelBuilder, NamesTheTimeOfASampleThatIsNotFinite) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    LogMelBuilder builder(80);
    builder.push(std::vector<float>(2 * kRateHz));
    std::vector<float> samples(kRateHz);
    samples[kRateHz / 2] = bad;
    try {
      builder.push(samples);
      FAIL() << "no error for " << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_file);
      EXPECT_THAT(error.what(), testing::HasSubstr("at 2.5000 s"));
    }
  }
}

TEST(MelFilterBank, HasTheShapeOfTheReferences) {
  for (const auto& [n_mels, non_zeros] : {std::pair(80, 391), std::pair(128, 394)}) {
    const std::vector<float> bank = mel_filter_bank(n_mels);
    ASSERT_EQ(bank.size(), static_cast<std::size_t>(n_mels) * kSpectrumBins);
    EXPECT_EQ(std::count_if(bank.begin(), bank.end(), [](float x) { return x > 0.0f; }), non_zeros);
    EXPECT_EQ(std::count(bank.begin(), bank.end(), 0.0f),
              static_cast<std::ptrdiff_t>(bank.size()) - non_zeros);
  }
}

TEST(MelFilterBank, HasTheReferencesValues) {
  // Some entries of openai-whisper's mel_filters.npz: n_mels, band, bin, value.
  struct Entry {
    int n_mels, band, bin;
    float value;
  };
  for (const Entry& e : {Entry{80, 0, 1, 0.0248625949f}, Entry{80, 10, 10, 0.0199082177f},
                         Entry{80, 40, 43, 0.0147355665f}, Entry{80, 79, 198, 0.00089751801f},
                         Entry{128, 0, 1, 0.0123739867f}, Entry{128, 64, 43, 0.0180915184f},
                         Entry{128, 127, 195, 0.0050416016f}}) {
    EXPECT_FLOAT_EQ(mel_filter_bank(e.n_mels)[e.band * kSpectrumBins + e.bin], e.value)
        << e.n_mels << " " << e.band << " " << e.bin;
  }
}

TEST(MelFilterBank, RefusesNoBands) {
  EXPECT_THROW(mel_filter_bank(0), Error);
  EXPECT_THROW(LogMelBuilder(-1), Error);
}

}  // namespace
}  // namespace tessera::whisper
