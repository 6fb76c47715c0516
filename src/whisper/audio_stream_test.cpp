#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "src/whisper/audio.h"
#include "src/whisper/audio_test_sound.h"

namespace tessera::whisper::audio_test {
namespace {

std::vector<std::int16_t> noise(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> value(-32768, 32767);
  std::vector<std::int16_t> samples(count);
  for (auto& sample : samples) sample = static_cast<std::int16_t>(value(random));
  return samples;
}

TEST(AudioStream, PassesMono16kHzOf16BitsThroughUnchanged) {
  const auto samples = noise(5001, 1);
  const auto read = read_all(make_wav({}, samples));
  ASSERT_EQ(read.size(), samples.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    ASSERT_EQ(read[i], static_cast<float>(samples[i]) / 32768.0F) << i;
  }
}

TEST(AudioStream, GivesTheSameSamplesInOddChunks) {
  const Bytes wav = make_wav({.rate_hz = 44100}, noise(20000, 2));
  const auto whole = read_all(AudioStream::open_memory(wav, "a.wav"), 100000);
  for (const std::size_t chunk : {1U, 7U, 1023U, 4097U}) {
    EXPECT_EQ(read_all(AudioStream::open_memory(wav, "a.wav"), chunk), whole) << chunk;
  }
}

TEST(AudioStream, ReadFillsTheBufferUntilTheEnd) {
  const Bytes wav = make_wav({}, noise(10000, 3));
  AudioStream stream = AudioStream::open_memory(wav, "a.wav");
  std::vector<float> buffer(9999);
  EXPECT_EQ(stream.read(buffer), 9999U);
  EXPECT_EQ(stream.read(buffer), 1U);
  EXPECT_EQ(stream.read(buffer), 0U);
  EXPECT_EQ(stream.read(buffer), 0U);
  EXPECT_EQ(stream.read({}), 0U);
}

TEST(AudioStream, ResamplesATonePreservingPitchLengthAndLoudness) {
  for (const int rate_hz : {8000, 11025, 22050, 44100, 48000, 96000, 192000}) {
    const Bytes wav =
        make_wav({.rate_hz = static_cast<std::uint32_t>(rate_hz)}, tone(1000, 0.5, rate_hz, 0.5));
    const auto samples = read_all(wav);
    EXPECT_NEAR(static_cast<double>(samples.size()), 8000, 2) << rate_hz;
    EXPECT_NEAR(amplitude_of(1000, samples), 0.5, 0.005) << rate_hz;
    EXPECT_LT(amplitude_of(1500, samples), 0.001) << rate_hz;
  }
}

TEST(AudioStream, ResamplingKeepsOutWhatIsAbove8kHz) {
  const auto samples = read_all(make_wav({.rate_hz = 48000}, tone(11000, 0.5, 48000, 0.5)));
  EXPECT_LT(amplitude_of(5000, samples), 0.001);  // where 11 kHz would fold to
}

class Stereo : public ::testing::Test {
 protected:
  Stereo() {
    const auto left = tone(440, 0.5, 16000, 0.25);
    const auto right = tone(2000, 0.25, 16000, 0.25);
    std::vector<std::int16_t> both;
    for (std::size_t i = 0; i < left.size(); ++i) {
      both.push_back(left[i]);
      both.push_back(right[i]);
    }
    left_ = read_all(make_wav({}, left));
    right_ = read_all(make_wav({}, right));
    wav_ = make_wav({.channels = 2}, both);
  }

  Bytes wav_;
  std::vector<float> left_;
  std::vector<float> right_;
};

TEST_F(Stereo, MixesToTheMean) {
  const auto mixed = read_all(wav_);
  ASSERT_EQ(mixed.size(), left_.size());
  for (std::size_t i = 0; i < mixed.size(); ++i) {
    ASSERT_NEAR(mixed[i], (left_[i] + right_[i]) / 2, 0.51 / 32768) << i;
  }
}

TEST_F(Stereo, TakesOneChannelExactly) {
  EXPECT_EQ(read_all(wav_, {.channel = 0}), left_);
  EXPECT_EQ(read_all(wav_, {.channel = 1}), right_);
}

TEST_F(Stereo, TellsWhatTheFileIs) {
  const AudioStream stream = AudioStream::open_memory(wav_, "a.wav");
  EXPECT_EQ(stream.channels(), 2);
  EXPECT_EQ(stream.source_rate_hz(), 16000);
  EXPECT_EQ(stream.format_name(), "wav");
  EXPECT_EQ(stream.codec_name(), "pcm_s16le");
  EXPECT_NEAR(stream.duration_s(), 0.25, 0.01);
}

TEST(AudioStream, MixesChannelsOfUnknownPlaceToTheirMean) {
  // No layout is usual for ten channels; the third is at full scale, the others silent.
  std::vector<std::int16_t> samples(10 * 100, 0);
  for (std::size_t i = 2; i < samples.size(); i += 10) samples[i] = 30000;
  const Bytes wav = make_wav({.channels = 10}, samples);
  EXPECT_THAT(read_all(wav), ::testing::Each(::testing::FloatNear(3000.0F / 32768, 1.0F / 32768)));
  EXPECT_THAT(read_all(wav, {.channel = 2}), ::testing::Each(30000.0F / 32768));
}

TEST(AudioStream, ReadsOtherSampleFormatsOfWav) {
  const std::vector<float> floats = {0.5F, -0.25F, 1.5F, -1.5F, 0.0F};
  EXPECT_THAT(read_all(make_wav({.bits = 32, .format = 3}, floats)),
              ::testing::ElementsAre(0.5F, -0.25F, 32767.0F / 32768, -1.0F, 0.0F));
  const std::vector<double> doubles = {0.5, -0.25};
  EXPECT_THAT(read_all(make_wav({.bits = 64, .format = 3}, doubles)),
              ::testing::ElementsAre(0.5F, -0.25F));
  const std::vector<std::uint8_t> bytes = {128, 192, 0};
  EXPECT_THAT(read_all(make_wav({.bits = 8}, bytes)), ::testing::ElementsAre(0.0F, 0.5F, -1.0F));
  const std::vector<std::int32_t> words = {1 << 30, std::numeric_limits<std::int32_t>::min()};
  EXPECT_THAT(read_all(make_wav({.bits = 32}, words)), ::testing::ElementsAre(0.5F, -1.0F));
}

TEST(AudioStream, ShortAndSilentSoundIsSound) {
  EXPECT_EQ(read_all(make_wav({}, noise(160, 4))).size(), 160U);  // 10 ms
  EXPECT_EQ(read_all(make_wav({}, noise(1, 5))).size(), 1U);
  EXPECT_THAT(read_all(make_wav({}, std::vector<std::int16_t>(16000))), ::testing::Each(0.0F));
}

TEST(AudioStream, ReadsWavWhoseLengthWasNotKnownWhenItWasWritten) {
  const auto samples = noise(3000, 6);
  const auto expected = read_all(make_wav({}, samples));
  for (const std::uint32_t size : {0U, 0x7ffff000U, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
    EXPECT_EQ(read_all(make_wav({.data_bytes = size}, samples)), expected) << size;
  }
}

TEST(AudioStream, FollowsAChangeOfRateAndChannelsInMidStream) {
  // Two ADTS streams, one after the other, make one.
  Bytes twice = load(sample_path("audio_tone.aac"));
  const std::size_t once = read_all(AudioStream::open_memory(twice, "a.aac")).size();
  const Bytes other = load(sample_path("audio_tone_stereo.aac"));
  twice.insert(twice.end(), other.begin(), other.end());
  const auto samples = read_all(AudioStream::open_memory(twice, "a.aac"));
  EXPECT_NEAR(static_cast<double>(samples.size()), 2.0 * static_cast<double>(once), 400);
  EXPECT_NEAR(amplitude_of(440, std::span(samples).first(once)), 0.5, 0.02);
  EXPECT_NEAR(amplitude_of(440, std::span(samples).last(once)), 0.5, 0.02);
}

struct Sample {
  const char* file;
  const char* format;
  const char* codec;
};

class Compressed : public ::testing::TestWithParam<Sample> {};

TEST_P(Compressed, HoldsTheTone) {
  AudioStream stream = AudioStream::open_file(sample_path(GetParam().file));
  EXPECT_EQ(stream.format_name(), GetParam().format);
  EXPECT_EQ(stream.codec_name(), GetParam().codec);
  EXPECT_EQ(stream.channels(), 1);
  EXPECT_NEAR(stream.duration_s(), 0.3, 0.05);
  const auto samples = read_all(std::move(stream));
  // ADTS has no place to say how much is padding; the others leave it out.
  const double expected = std::string(GetParam().format) == "aac" ? 5200 : 4800;
  EXPECT_NEAR(static_cast<double>(samples.size()), expected, 60);
  EXPECT_NEAR(amplitude_of(440, samples), 0.5, 0.03);
  EXPECT_LT(amplitude_of(900, samples), 0.02);
}

TEST_P(Compressed, IsTheSameFromMemory) {
  const std::string path = sample_path(GetParam().file);
  const Bytes bytes = load(path);
  EXPECT_EQ(read_all(AudioStream::open_memory(bytes, GetParam().file)),
            read_all(AudioStream::open_file(path)));
}

INSTANTIATE_TEST_SUITE_P(Formats, Compressed,
                         ::testing::Values(Sample{"audio_tone.mp3", "mp3", "mp3"},
                                           Sample{"audio_tone.flac", "flac", "flac"},
                                           Sample{"audio_tone.ogg", "ogg", "vorbis"},
                                           Sample{"audio_tone.opus", "ogg", "opus"},
                                           Sample{"audio_tone.m4a", "mov", "aac"},
                                           Sample{"audio_tone.aac", "aac", "aac"},
                                           Sample{"audio_tone.webm", "matroska", "opus"},
                                           Sample{"audio_video.mp4", "mov", "aac"}),
                         [](const auto& info) {
                           std::string name = info.param.file;
                           for (char& c : name) c = c == '.' ? '_' : c;
                           return name;
                         });

TEST(AudioStream, ReadsTheStandardInputThroughAPipe) {
  const Bytes wav = make_wav({.rate_hz = 8000}, noise(8000, 7));
  const PipedInput input(wav);
  ASSERT_TRUE(input.ok());
  EXPECT_EQ(read_all(AudioStream::open_file("-")), read_all(wav));
}

TEST(AudioStream, ReadsCompressedSoundThroughAPipe) {
  for (const char* name : {"audio_tone.flac", "audio_tone.ogg", "audio_tone.webm"}) {
    const Bytes bytes = load(sample_path(name));
    const PipedInput input(bytes);
    ASSERT_TRUE(input.ok());
    EXPECT_EQ(read_all(AudioStream::open_file("-")), read_all(bytes)) << name;
  }
}

TEST(AudioStream, LeavesOutAPacketThatIsDamagedInTheMiddle) {
  Bytes bytes = load(sample_path("audio_tone.mp3"));
  const auto half = static_cast<std::ptrdiff_t>(bytes.size() / 2);
  std::fill_n(bytes.begin() + half, 100, std::byte{0});
  AudioStream stream = AudioStream::open_memory(bytes, "a.mp3");
  std::vector<float> buffer(16000);
  EXPECT_GT(stream.read(buffer), 4000U);
  EXPECT_EQ(stream.damaged_packets(), 1U);
}

TEST(AudioStream, AllowsSoundUpToTheLongestDuration) {
  const Bytes wav = make_wav({}, noise(16000, 8));
  EXPECT_EQ(read_all(wav, {.max_duration_s = 1.0}).size(), 16000U);
}

}  // namespace
}  // namespace tessera::whisper::audio_test
