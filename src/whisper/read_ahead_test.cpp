#include "src/whisper/read_ahead.h"

#include <gtest/gtest.h>

#include <fstream>

#include "src/whisper/audio_test_sound.h"
#include "src/whisper/test_folder.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr int kBands = 80;

std::vector<float> first_window(const LogMel& mel) {
  std::vector<float> window(std::size_t{kBands} * kWindowFrames);
  mel.window(0, std::min(mel.content_frames(), kWindowFrames), window);
  return window;
}

class ReadAheadTest : public testing::Test {
 protected:
  std::string wav(const std::string& name, double frequency_hz, double seconds) {
    const audio_test::Bytes bytes =
        audio_test::make_wav({}, audio_test::tone(frequency_hz, 0.5, kSampleRateHz, seconds));
    const std::string path = folder_.path() / name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return path;
  }

  TestFolder folder_;
  ReadAhead ahead_{kBands};
};

TEST_F(ReadAheadTest, GivesWhatReadingAtOnceGives) {
  const std::string path = wav("a.wav", 440, 3.3);
  ahead_.request(path, {});
  EXPECT_FALSE(ahead_.has("other.wav", {}));
  ahead_.begin();
  EXPECT_FALSE(ahead_.has("other.wav", {}));
  EXPECT_FALSE(ahead_.has(path, {.channel = 0})) << "another channel";
  ASSERT_TRUE(ahead_.has(path, {}));
  const ReadRecording ahead = ahead_.take({});
  EXPECT_FALSE(ahead_.has(path, {})) << "once";
  const ReadRecording at_once = read_recording(open_recording(path, -1), {}, kBands, {});
  EXPECT_EQ(ahead.mel.content_frames(), 330);
  EXPECT_EQ(first_window(ahead.mel), first_window(at_once.mel));
  EXPECT_EQ(ahead.damaged_packets, at_once.damaged_packets);
  EXPECT_GT(ahead.seconds.read, 0.0);
  EXPECT_GT(ahead.seconds.mel, 0.0);
  EXPECT_GE(ahead.seconds.ahead, 0.0);
  EXPECT_LE(ahead.seconds.ahead, ahead.seconds.read + ahead.seconds.mel);
  EXPECT_EQ(at_once.seconds.ahead, 0.0);
}

TEST_F(ReadAheadTest, BeginsOnlyWhatWasRequestedAndNotReadSince) {
  const std::string path = wav("a.wav", 440, 0.1);
  ahead_.begin();
  EXPECT_FALSE(ahead_.has(path, {}));
  ahead_.request(path, {});
  EXPECT_FALSE(ahead_.has(path, {}));  // so it is read at once
  ahead_.begin();
  EXPECT_FALSE(ahead_.has(path, {}));
}

TEST_F(ReadAheadTest, TheLastRequestCountsAndTakesThePlaceOfWhatWasRead) {
  const std::string a = wav("a.wav", 440, 0.1), b = wav("b.wav", 880, 0.2);
  ahead_.request(a, {});
  ahead_.begin();
  EXPECT_TRUE(ahead_.has(a, {}));
  ahead_.begin();
  EXPECT_TRUE(ahead_.has(a, {})) << "nothing new was requested";
  ahead_.request(a, {});
  ahead_.request(b, {});
  ahead_.begin();
  EXPECT_FALSE(ahead_.has(a, {}));
  ASSERT_TRUE(ahead_.has(b, {}));
  EXPECT_EQ(ahead_.take({}).mel.content_frames(), 20);
}

TEST_F(ReadAheadTest, ThrowsWhatIsWrongWithTheFile) {
  const std::string path = folder_.path() / "a.wav";
  std::ofstream(path) << "this is no sound";
  ahead_.request(path, {});
  ahead_.begin();
  ASSERT_TRUE(ahead_.has(path, {}));
  try {
    ahead_.take({});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_file);
    EXPECT_NE(std::string(error.what()).find("a.wav"), std::string::npos) << error.what();
  }
  ahead_.request(wav("b.wav", 440, 0.1), {});
  ahead_.begin();
  EXPECT_EQ(ahead_.take({}).mel.content_frames(), 10);
}

TEST_F(ReadAheadTest, OnlyRegularFilesAreReadAhead) {
  for (const std::string& path :
       {std::string("-"), std::string("/dev/zero"), (folder_.path() / "missing.wav").string(),
        folder_.path().string()}) {
    ahead_.request(path, {});
    ahead_.begin();
    EXPECT_FALSE(ahead_.has(path, {})) << path;
  }
}

// The file is long enough for the thread not to be done with it by then.
TEST_F(ReadAheadTest, IsCancelledByWhoWaitsForIt) {
  const std::string path = wav("long.wav", 440, 600);
  std::stop_source stop;
  stop.request_stop();
  ahead_.request(path, {});
  ahead_.begin();
  try {
    ahead_.take(stop.get_token());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
  }
  EXPECT_FALSE(ahead_.has(path, {}));
  ahead_.request(path, {});
  ahead_.begin();  // and ends with its owner
}

}  // namespace
}  // namespace tessera::whisper
