// Sound files as samples, as a program that uses the library gets them.
#include "tessera/audio.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/api.h"

namespace tessera {
namespace {

const std::string kData = std::string(TESSERA_SOURCE_DIR) + "/tests/data/";

std::vector<float> read_all(AudioReader reader, std::size_t at_a_time) {
  std::vector<float> samples;
  std::vector<float> piece(at_a_time);
  for (;;) {
    const std::size_t count = reader.read(piece);
    samples.insert(samples.end(), piece.begin(),
                   piece.begin() + static_cast<std::ptrdiff_t>(count));
    if (count < at_a_time) return samples;
  }
}

TEST(AudioReader, GivesAllSamplesInPiecesOfAnySize) {
  AudioReader reader(kData + "audio_tone.flac");
  EXPECT_EQ(AudioReader::kSampleRateHz, 16000);
  const double claimed_s = reader.duration_s();
  const std::vector<float> whole = read_all(std::move(reader), 1 << 20);
  EXPECT_NEAR(static_cast<double>(whole.size()) / AudioReader::kSampleRateHz, claimed_s, 0.01);
  EXPECT_GT(*std::ranges::max_element(whole), 0.05F);
  EXPECT_EQ(read_all(AudioReader(kData + "audio_tone.flac"), 777), whole);
}

TEST(AudioReader, GivesOneChannelOrAllMixed) {
  const std::string stereo = kData + "audio_tone_stereo.aac";
  ASSERT_EQ(channel_count(stereo), 2);
  const std::vector<float> left = read_all(AudioReader(stereo, 0), 1 << 20);
  const std::vector<float> right = read_all(AudioReader(stereo, 1), 1 << 20);
  EXPECT_EQ(left.size(), right.size());
  EXPECT_NE(left, right);
  EXPECT_EQ(read_all(AudioReader(stereo), 1 << 20).size(), left.size());
}

TEST(AudioReader, RefusesWhatIsNoSound) {
  const auto open = [](const std::string& path, int channel = -1) {
    return [=] { AudioReader(path, channel); };
  };
  EXPECT_EQ(test::code_of(open("no-such-file.wav")), ErrorCode::bad_file);
  EXPECT_EQ(test::code_of(open(kData + "audio_none.mp4")), ErrorCode::bad_file);
  EXPECT_EQ(test::code_of(open(kData + "audio_tone.flac", 1)), ErrorCode::bad_argument);
}

}  // namespace
}  // namespace tessera
