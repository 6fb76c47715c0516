// Speech alone is transcribed, and its times are those of the recording: with a network that hears
// loudness, so that it is known where speech is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "src/whisper/vad/test_silero.h"
#include "tessera/transcriber.h"
#include "tests/support/api.h"

namespace tessera {
namespace {

using test::code_of;
using test::quick_options;

/// The sample that ships: a header of 44 bytes, and samples of 16 bits.
std::vector<float> read_sample() {
  std::ifstream file(TESSERA_SOURCE_DIR "/models/pebble/sample.wav", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<float> samples;
  for (std::size_t i = 44; i + 1 < bytes.size(); i += 2) {
    const int low = static_cast<unsigned char>(bytes[i]);
    const int high = static_cast<signed char>(bytes[i + 1]);
    samples.push_back(static_cast<float>(high * 256 + low) / 32768);
  }
  return samples;
}

class VoiceActivityTest : public testing::Test {
 protected:
  /// `base` with the filter.
  Options filtered(Options base) const {
    base.vad_filter = true;
    base.vad_model = weights_.string();
    return base;
  }
  static Options plain() {
    Options options;
    options.language = "en";
    options.beam_size = 1;
    return options;
  }
  static Transcriber& pebble() {
    static Transcriber transcriber(Model::load(TESSERA_SOURCE_DIR "/models/pebble"),
                                   {.threads = 1});
    return transcriber;
  }

  whisper::TestFolder folder_;
  std::filesystem::path weights_ =
      folder_.write("v.safetensors", whisper::silero_bytes(whisper::loudness_silero()));
};

/// 7 s of silence, the sample, 20 s of silence, the sample.
std::vector<float> sparse_sample(std::size_t& second_begin) {
  const std::vector<float> sample = read_sample();
  std::vector<float> sound(7 * 16000);
  sound.insert(sound.end(), sample.begin(), sample.end());
  sound.resize(sound.size() + 20 * 16000);
  second_begin = sound.size();
  sound.insert(sound.end(), sample.begin(), sample.end());
  return sound;
}

TEST_F(VoiceActivityTest, TimesAreThoseOfTheRecording) {
  std::size_t second = 0;
  const std::vector<float> sound = sparse_sample(second);
  for (const int batch_size : {0, 2}) {
    for (const bool words : {false, true}) {
      Options options = plain();
      options.word_timestamps = words;
      const Result alone = pebble().transcribe_samples(read_sample(), options);
      options.batch_size = batch_size;
      std::vector<Segment> told;
      std::vector<double> progress;
      Callbacks callbacks;
      callbacks.on_segment = [&](const Segment& segment) { told.push_back(segment); };
      callbacks.on_progress = [&](double done_s, double total_s) {
        EXPECT_DOUBLE_EQ(total_s, static_cast<double>(sound.size() / 160) / 100);
        progress.push_back(done_s);
      };
      const Result result = pebble().transcribe_samples(sound, filtered(options), callbacks);
      EXPECT_TRUE(std::ranges::is_sorted(progress));
      EXPECT_DOUBLE_EQ(progress.back(), result.duration_s);
      EXPECT_DOUBLE_EQ(result.duration_s, static_cast<double>(sound.size() / 160) / 100);
      ASSERT_EQ(told.size(), result.segments.size());
      for (std::size_t i = 0; i < told.size(); ++i) {
        EXPECT_EQ(told[i].start_s, result.segments[i].start_s);
        EXPECT_EQ(told[i].end_s, result.segments[i].end_s);
      }
      // The sample's first words, where they are said for the first and the second time.
      ASSERT_FALSE(result.segments.empty());
      ASSERT_FALSE(alone.segments.empty());
      EXPECT_EQ(result.segments.front().text, alone.segments.front().text);
      EXPECT_NEAR(result.segments.front().start_s, 7 + alone.segments.front().start_s, 0.4);
      const double second_s = static_cast<double>(second) / 16000;
      const auto again = std::ranges::find_if(
          result.segments, [&](const Segment& segment) { return segment.start_s > second_s - 1; });
      ASSERT_NE(again, result.segments.end());
      EXPECT_EQ(again->text, alone.segments.front().text);
      EXPECT_NEAR(again->start_s, second_s + alone.segments.front().start_s, 0.4);
      double last_s = 0;
      for (const Segment& segment : result.segments) {
        EXPECT_GE(segment.start_s, last_s - 0.02);
        EXPECT_GE(segment.end_s, segment.start_s);
        // Nothing is said in the silence.
        const double silence_s = second_s - 20;
        EXPECT_FALSE(segment.start_s > silence_s + 1 && segment.start_s < second_s - 1);
        EXPECT_FALSE(segment.end_s > silence_s + 1 && segment.end_s < second_s - 1);
        last_s = segment.start_s;
        for (const Word& word : segment.words) EXPECT_GE(word.end_s, word.start_s);
      }
      ASSERT_GE(result.left_out.size(), 2U);
      EXPECT_DOUBLE_EQ(result.left_out[0].start_s, 0);
      EXPECT_GT(result.left_out[0].end_s, 6.4);
    }
  }
}

TEST_F(VoiceActivityTest, SilenceGivesNoText) {
  for (const int batch_size : {0, 2}) {
    Options options = quick_options();
    options.batch_size = batch_size;
    const Result result =
        pebble().transcribe_samples(std::vector<float>(16000 * 40), filtered(options));
    EXPECT_TRUE(result.segments.empty());
    EXPECT_EQ(result.text, "");
    EXPECT_DOUBLE_EQ(result.duration_s, 40);
    ASSERT_EQ(result.left_out.size(), 1U);
    EXPECT_DOUBLE_EQ(result.left_out[0].end_s, 40);
  }
}

TEST_F(VoiceActivityTest, WhereAllIsSpeechNothingChanges) {
  Options options = plain();
  const Result expected = pebble().transcribe_samples(read_sample(), options);
  options = filtered(options);
  options.vad_threshold = 0;
  options.vad_neg_threshold = 0;
  const Result result = pebble().transcribe_samples(read_sample(), options);
  EXPECT_EQ(result.text, expected.text);
  EXPECT_TRUE(result.left_out.empty());
  ASSERT_EQ(result.segments.size(), expected.segments.size());
  for (std::size_t i = 0; i < result.segments.size(); ++i) {
    EXPECT_NEAR(result.segments[i].start_s, expected.segments[i].start_s, 1e-9);
    EXPECT_NEAR(result.segments[i].end_s, expected.segments[i].end_s, 1e-9);
  }
}

TEST_F(VoiceActivityTest, WrongOptionsAndWeightsAreErrors) {
  const std::vector<float> sound(16000);
  Options options = filtered(quick_options());
  options.vad_model = (folder_.path() / "none.safetensors").string();
  EXPECT_EQ(code_of([&] { pebble().transcribe_samples(sound, options); }), ErrorCode::bad_file);
  options = filtered(quick_options());
  options.vad_threshold = 1.5;
  EXPECT_EQ(code_of([&] { pebble().transcribe_samples(sound, options); }), ErrorCode::bad_argument);
  options.vad_threshold = 0.5;
  options.vad_max_speech_duration_s = 1;
  EXPECT_EQ(code_of([&] { pebble().transcribe_samples(sound, options); }), ErrorCode::bad_argument);
}

}  // namespace
}  // namespace tessera
