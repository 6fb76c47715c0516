#include "src/whisper/vad/speech_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "src/whisper/recording.h"
#include "src/whisper/vad/test_silero.h"
#include "src/whisper/vad/vad_weights.h"

namespace tessera::whisper {
namespace {

using testing::HasSubstr;

/// Silence with tones in it: 2 s to 4 s, 10 s to 11.5 s and 14 s to 15 s, of 20 s.
std::vector<float> sound() {
  std::vector<float> samples(20 * 16000);
  const auto tone = [&](double begin_s, double end_s) {
    for (int i = static_cast<int>(begin_s * 16000); i < static_cast<int>(end_s * 16000); ++i) {
      samples[i] = std::round(8000 * static_cast<float>(std::sin(0.3 * i))) / 32768;
    }
  };
  tone(2, 4);
  tone(10, 11.5);
  tone(14, 15);
  return samples;
}

class SpeechReaderTest : public testing::Test {
 protected:
  Options options() const {
    Options options;
    options.vad_filter = true;
    options.vad_model = weights_.string();
    return options;
  }
  static ReadRecording read(const std::vector<float>& samples, const Options& options) {
    return read_recording(open_recording(samples), read_plan(options), 8, {});
  }

  TestFolder folder_;
  std::filesystem::path weights_ = folder_.write("v.safetensors", silero_bytes(loudness_silero()));
};

// Where a frame begins that has a sample of the tone in it, and a frame after it ended.
constexpr double kFrame_s = 0.032;

TEST_F(SpeechReaderTest, JoinsWhatIsSpeechAndTellsTheRest) {
  const ReadRecording speech = read(sound(), options());
  EXPECT_DOUBLE_EQ(speech.duration_s, 20);
  ASSERT_EQ(speech.left_out.size(), 4U);
  EXPECT_DOUBLE_EQ(speech.left_out[0].start_s, 0);
  EXPECT_NEAR(speech.left_out[0].end_s, 1.6, kFrame_s);
  EXPECT_NEAR(speech.left_out[1].start_s, 4.4, 2 * kFrame_s);
  EXPECT_NEAR(speech.left_out[1].end_s, 9.6, kFrame_s);
  EXPECT_NEAR(speech.left_out[2].start_s, 11.9, 2 * kFrame_s);
  EXPECT_NEAR(speech.left_out[2].end_s, 13.6, kFrame_s);
  EXPECT_NEAR(speech.left_out[3].start_s, 15.4, 2 * kFrame_s);
  EXPECT_DOUBLE_EQ(speech.left_out[3].end_s, 20);
  double kept_s = 20;
  for (const LeftOut& part : speech.left_out) {
    EXPECT_EQ(part.reason, LeftOut::Reason::no_speech);
    kept_s -= part.end_s - part.start_s;
  }
  EXPECT_NEAR(speech.mel.content_frames() / 100.0, kept_s, 0.01);
  EXPECT_NEAR(speech.speech.begin_s(0), 1.6, kFrame_s);
}

TEST_F(SpeechReaderTest, TheLogMelIsThatOfTheJoinedSamples) {
  const ReadRecording speech = read(sound(), options());
  const std::vector<float> all = sound();
  std::vector<float> joined;
  double begin_s = 0;
  std::vector<LeftOut> gaps = speech.left_out;
  gaps.push_back({.reason = LeftOut::Reason::no_speech, .start_s = 20, .end_s = 20, .text = {}});
  for (const LeftOut& gap : gaps) {
    joined.insert(joined.end(), all.begin() + std::llround(begin_s * 16000),
                  all.begin() + std::llround(gap.start_s * 16000));
    begin_s = gap.end_s;
  }
  LogMelBuilder builder(8);
  builder.push(joined);
  const LogMel expected = builder.finish();
  ASSERT_EQ(speech.mel.content_frames(), expected.content_frames());
  std::vector<float> a(8 * kWindowFrames), b(8 * kWindowFrames);
  speech.mel.window(0, expected.content_frames(), a);
  expected.window(0, expected.content_frames(), b);
  EXPECT_EQ(a, b) << "to the bit";
}

TEST_F(SpeechReaderTest, SamplesThatAreNotOf16BitsStayAsTheyAre) {
  std::vector<float> samples = sound();
  for (float& sample : samples) sample *= 0.77F;
  Options all = options();
  all.vad_threshold = 0;      // everything is speech,
  all.vad_neg_threshold = 0;  // and nothing ends it
  const ReadRecording speech = read(samples, all);
  EXPECT_TRUE(speech.left_out.empty());
  const ReadRecording plain = read(samples, {});
  ASSERT_EQ(speech.mel.content_frames(), plain.mel.content_frames());
  std::vector<float> a(8 * kWindowFrames), b(8 * kWindowFrames);
  speech.mel.window(0, plain.mel.content_frames(), a);
  plain.mel.window(0, plain.mel.content_frames(), b);
  EXPECT_EQ(a, b);
}

TEST_F(SpeechReaderTest, KeepsToTheClips) {
  Options clipped = options();
  clipped.clip_timestamps_s = {3, 10.5, 19};
  const ReadRecording speech = read(sound(), clipped);
  ASSERT_EQ(speech.left_out.size(), 2U);
  EXPECT_NEAR(speech.left_out[0].start_s, 4.4, 2 * kFrame_s);
  EXPECT_NEAR(speech.left_out[0].end_s, 9.6, kFrame_s);
  EXPECT_DOUBLE_EQ(speech.left_out[1].start_s, 19);
  EXPECT_DOUBLE_EQ(speech.left_out[1].end_s, 20);
  EXPECT_DOUBLE_EQ(speech.speech.begin_s(0), 3);
}

TEST_F(SpeechReaderTest, SilenceHasNoSpeech) {
  const ReadRecording speech = read(std::vector<float>(16000), options());
  EXPECT_EQ(speech.mel.content_frames(), 0);
  EXPECT_DOUBLE_EQ(speech.duration_s, 1);
  ASSERT_EQ(speech.left_out.size(), 1U);
  EXPECT_DOUBLE_EQ(speech.left_out[0].end_s, 1);
}

TEST_F(SpeechReaderTest, RefusesSamplesThatAreNoNumbers) {
  std::vector<float> samples = sound();
  samples[16000] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(error_of([&] { read(samples, options()); }),
            "bad_file: sound: expected finite samples, got nan at 1.0000 s");
}

TEST_F(SpeechReaderTest, WithoutWeightsItSaysHowToGetThem) {
  const char* const cache = std::getenv("TESSERA_CACHE");
  const std::string before = cache == nullptr ? "" : cache;
  ::setenv("TESSERA_CACHE", folder_.path().c_str(), 1);
  ::setenv("XDG_CACHE_HOME", folder_.path().c_str(), 1);
  Options missing = options();
  missing.vad_model.clear();
  const std::string error = error_of([&] { read(sound(), missing); });
  EXPECT_EQ(error,
            "bad_argument: vad_filter: the weights of Silero VAD are not on this machine; to get "
            "them: tessera download silero-vad");
  missing.vad_model = "other";
  EXPECT_THAT(
      error_of([&] { read(sound(), missing); }),
      HasSubstr("vad_model: expected a file, or the name of one among the models, got 'other'"));
  std::filesystem::create_directory(folder_.path() / "models");
  std::filesystem::copy_file(weights_, folder_.path() / "models/silero_vad_16k_op15.onnx");
  missing.vad_model.clear();
  EXPECT_EQ(error_of([&] { read(sound(), missing); }), "");
  if (cache == nullptr) {
    ::unsetenv("TESSERA_CACHE");
  } else {
    ::setenv("TESSERA_CACHE", before.c_str(), 1);
  }
  ::unsetenv("XDG_CACHE_HOME");
}

}  // namespace
}  // namespace tessera::whisper
