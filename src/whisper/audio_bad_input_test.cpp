#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "src/whisper/audio.h"
#include "src/whisper/audio_test_sound.h"
#include "tessera/error.h"

namespace tessera::whisper::audio_test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// What opening and reading to the end throws; "" when it does not.
std::string failure(const Bytes& bytes, const std::string& name,
                    ErrorCode code = ErrorCode::bad_file, const AudioOptions& options = {}) {
  try {
    read_all(AudioStream::open_memory(bytes, name, options));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    EXPECT_THAT(error.what(), StartsWith(name + ": "));
    return error.what();
  }
  return "";
}

std::string file_failure(const std::string& path) {
  try {
    read_all(AudioStream::open_file(path));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_file) << error.what();
    return error.what();
  }
  return "";
}

Bytes text(const std::string& content) {
  Bytes bytes;
  append_tag(bytes, content);
  return bytes;
}

std::vector<std::int16_t> silence(std::size_t count) { return std::vector<std::int16_t>(count); }

TEST(AudioBadInput, MissingFile) {
  EXPECT_EQ(file_failure("/nonexistent/a.wav"), "/nonexistent/a.wav: No such file or directory");
}

TEST(AudioBadInput, NameWithLineBreakStaysOneLine) {
  EXPECT_EQ(file_failure("/nonexistent/a\nb.wav"),
            "/nonexistent/a?b.wav: No such file or directory");
}

TEST(AudioBadInput, Directory) {
  EXPECT_THAT(file_failure(std::filesystem::temp_directory_path().string()),
              HasSubstr("is a directory"));
}

TEST(AudioBadInput, EmptyFile) {
  const TemporaryFile file("empty.wav", {});
  EXPECT_EQ(file_failure(file.path()), file.path() + ": the file is empty");
  EXPECT_THAT(failure({}, "a.wav"), HasSubstr("empty"));
}

TEST(AudioBadInput, EmptyPipe) {
  const PipedInput input({});
  ASSERT_TRUE(input.ok());
  EXPECT_EQ(file_failure("-"), "standard input: the input is empty");
}

TEST(AudioBadInput, NotSound) {
  const std::string words = "Four score and seven years ago our fathers brought forth.\n";
  EXPECT_THAT(failure(text(words), "a.txt"), HasSubstr("not a sound file"));
  EXPECT_THAT(failure(text(words), "a.mp3"), HasSubstr("mp3 file, or none at all"));
  EXPECT_THAT(failure(Bytes(20000), "a.wav"), HasSubstr("not a sound file"));
}

TEST(AudioBadInput, PlaylistsAreNotFollowed) {
  const std::string target = sample_path("audio_tone.mp3");
  EXPECT_THAT(failure(text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://" + target + "\n"),
                      "a.wav", ErrorCode::unsupported),
              HasSubstr("type hls, which is not read"));
  EXPECT_THAT(
      failure(text("ffconcat version 1.0\nfile " + target + "\n"), "a.wav", ErrorCode::unsupported),
      HasSubstr("type concat, which is not read"));
}

TEST(AudioBadInput, VideoWithoutSound) {
  EXPECT_THAT(file_failure(sample_path("audio_none.mp4")), HasSubstr("no sound in this mov file"));
}

TEST(AudioBadInput, CodingThatIsNotRead) {
  EXPECT_THAT(failure(make_wav({.format = 9999}, silence(100)), "a.wav", ErrorCode::unsupported),
              HasSubstr("which is not read"));
}

TEST(AudioBadInput, NoSamples) {
  EXPECT_THAT(failure(make_wav({}, silence(0)), "a.wav"), HasSubstr("0 samples"));
}

TEST(AudioBadInput, NotANumber) {
  std::vector<float> samples(16000, 0.1F);
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity(), 1e30F}) {
    samples[8000] = bad;
    EXPECT_THAT(failure(make_wav({.bits = 32, .format = 3}, samples), "a.wav"),
                HasSubstr("the sample at 0.5000 s is not a number or far out of range"));
  }
  std::vector<double> doubles(2 * 1600, 0.1);
  doubles[801] = std::nan("");
  EXPECT_THAT(failure(make_wav({.channels = 2, .bits = 64, .format = 3}, doubles), "a.wav"),
              HasSubstr("the sample at 0.0250 s is not a number"));
}

TEST(AudioBadInput, AbsurdRates) {
  EXPECT_THAT(failure(make_wav({.rate_hz = 384000}, silence(4000)), "a.wav"),
              HasSubstr("sampled at 384000 Hz, expected 1000 to 192000"));
  EXPECT_THAT(failure(make_wav({.rate_hz = 999}, silence(4000)), "a.wav"), HasSubstr("999 Hz"));
  EXPECT_NE(failure(make_wav({.rate_hz = 0}, silence(4000)), "a.wav"), "");
  EXPECT_NE(failure(make_wav({.rate_hz = 0xffffffff}, silence(4000)), "a.wav"), "");
}

TEST(AudioBadInput, AbsurdChannelCounts) {
  EXPECT_THAT(failure(make_wav({.channels = 32}, silence(32 * 100)), "a.wav"),
              HasSubstr("sound of 32 channels, expected 1 to 16"));
  EXPECT_THAT(failure(make_wav({.channels = 65535}, silence(65535)), "a.wav"),
              HasSubstr("sound of 65535 channels"));
  EXPECT_NE(failure(make_wav({.channels = 0}, silence(100)), "a.wav"), "");
  EXPECT_EQ(failure(make_wav({.channels = 16}, silence(16 * 100)), "a.wav"), "");
}

TEST(AudioBadInput, WavShorterThanItsHeaderPromises) {
  const Bytes wav = make_wav({.data_bytes = 64000}, silence(16000));
  const std::string expected = "truncated: its header promises 64044 bytes, found 32044";
  EXPECT_EQ(failure(wav, "a.wav"), "a.wav: " + expected);
  const PipedInput input(wav);
  ASSERT_TRUE(input.ok());
  EXPECT_EQ(file_failure("-"), "standard input: " + expected);
}

TEST(AudioBadInput, HeadersCutOff) {
  const Bytes wav = make_wav({}, silence(100));
  for (std::size_t size = 1; size < 44; ++size) {
    EXPECT_NE(failure(Bytes(wav.begin(), wav.begin() + static_cast<std::ptrdiff_t>(size)), "a.wav",
                      ErrorCode::bad_file),
              "")
        << size;
  }
}

class CutOff : public ::testing::TestWithParam<const char*> {};

TEST_P(CutOff, IsAnErrorFromMemory) {
  const Bytes bytes = load(sample_path(GetParam()));
  for (const double share : {0.35, 0.55, 0.8}) {
    const auto size = static_cast<std::ptrdiff_t>(share * static_cast<double>(bytes.size()));
    EXPECT_NE(failure(Bytes(bytes.begin(), bytes.begin() + size), GetParam()), "") << share;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, CutOff,
                         ::testing::Values("audio_tone.mp3", "audio_tone.flac", "audio_tone.ogg",
                                           "audio_tone.opus", "audio_tone.m4a", "audio_tone.aac",
                                           "audio_tone.webm", "audio_video.mp4"),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name) c = c == '.' ? '_' : c;
                           return name;
                         });

TEST(AudioBadInput, PipeWhoseIndexComesLast) {
  // More than is kept for going back comes between the sound and its index, the moov box.
  Bytes bytes = load(sample_path("audio_tone.m4a"));
  const Bytes moov = text("moov");
  const auto index = std::search(bytes.begin(), bytes.end(), moov.begin(), moov.end()) - 4;
  Bytes free_box = {std::byte{0}, std::byte{4}, std::byte{0x93}, std::byte{0xe0}};  // its length
  append_tag(free_box, "free");
  free_box.resize(300'000);
  bytes.insert(index, free_box.begin(), free_box.end());
  EXPECT_EQ(failure(bytes, "a.m4a"), "");
  const PipedInput input(bytes);
  ASSERT_TRUE(input.ok());
  EXPECT_THAT(file_failure("-"), HasSubstr("not from a pipe"));
}

TEST(AudioBadInput, DamageInMuchOfTheFile) {
  Bytes bytes = load(sample_path("audio_tone.aac"));
  // Spoil every second packet behind its 7-byte header, which holds the packet's length.
  for (std::size_t at = 0, packet = 0; at + 7 < bytes.size(); ++packet) {
    const auto byte = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[at + i]); };
    const std::size_t size = (byte(3) & 3) << 11 | byte(4) << 3 | byte(5) >> 5;
    if (packet % 2 == 1) {
      std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at) + 7, size - 7, std::byte{0xff});
    }
    at += size;
  }
  EXPECT_THAT(failure(bytes, "a.aac"), AnyOf(HasSubstr("damaged"), HasSubstr("truncated")));
}

TEST(AudioBadInput, LongerThanAllowed) {
  const Bytes wav = make_wav({}, silence(16001));
  EXPECT_THAT(failure(wav, "a.wav", ErrorCode::bad_argument, {.max_duration_s = 1}),
              HasSubstr("longer than the 1 s that are allowed"));
  EXPECT_THROW(AudioStream::open_memory(wav, "a.wav", {.max_duration_s = std::nan("")}), Error);
}

TEST(AudioBadInput, ChannelThatIsNotThere) {
  const Bytes wav = make_wav({.channels = 2}, silence(200));
  EXPECT_THAT(failure(wav, "a.wav", ErrorCode::bad_argument, {.channel = 2}),
              HasSubstr("channel 2 asked for, the file has channels 0 to 1"));
  EXPECT_NE(failure(wav, "a.wav", ErrorCode::bad_argument, {.channel = -2}), "");
}

TEST(AudioBadInput, ChannelThatIsGoneInMidStream) {
  Bytes bytes = load(sample_path("audio_tone_stereo.aac"));
  const Bytes mono = load(sample_path("audio_tone.aac"));
  bytes.insert(bytes.end(), mono.begin(), mono.end());
  EXPECT_THAT(failure(bytes, "a.aac", ErrorCode::bad_file, {.channel = 1}),
              HasSubstr("channel 1 asked for, but the sound goes on with 1"));
}

}  // namespace
}  // namespace tessera::whisper::audio_test
