#include "src/whisper/window_cuts.h"

#include <gmock/gmock.h>

#include <cmath>

namespace tessera::whisper {
namespace {

using testing::ElementsAre;

/// A tone that pauses for half a second around each of the given times.
LogMel tone_with_pauses(double seconds, const std::vector<double>& pauses_s,
                        float loudness = 0.3F) {
  std::vector<float> samples(static_cast<std::size_t>(seconds * 16000));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / 16000;
    bool pause = false;
    for (const double at : pauses_s) pause = pause || std::abs(t - at) < 0.25;
    if (!pause) samples[i] = loudness * static_cast<float>(std::sin(2 * M_PI * 440 * t));
  }
  LogMelBuilder builder(8);
  builder.push(samples);
  return builder.finish();
}

std::vector<FrameSpan> cut(const LogMel& mel, const Options& options = {}) {
  return cut_windows(mel, clip_spans(options, mel.content_frames()));
}

TEST(CutWindows, ShortRecordingsAreOneWindow) {
  EXPECT_THAT(cut(tone_with_pauses(30, {27})), ElementsAre(FrameSpan{0, 3000}));
  EXPECT_THAT(cut(tone_with_pauses(1.5, {})), ElementsAre(FrameSpan{0, 150}));
  EXPECT_TRUE(cut(tone_with_pauses(0, {})).empty());
}

TEST(CutWindows, CutsInsideThePauses) {
  // 20 s is too early, and of 26 and 29 s the later one is as quiet. From 29 s on: 55 s.
  const auto windows = cut(tone_with_pauses(70, {20, 26, 29, 55}));
  ASSERT_EQ(windows.size(), 3u);
  EXPECT_NEAR(windows[0].end, 2900, 25);
  EXPECT_NEAR(windows[1].end, 5500, 25);
  EXPECT_EQ(windows[2].end, 7000);
  for (std::size_t i = 1; i < windows.size(); ++i) {
    EXPECT_EQ(windows[i].begin, windows[i - 1].end) << "no frame is in no window";
  }
}

TEST(CutWindows, PausesThatAreKnownComeFirst) {
  const LogMel mel = tone_with_pauses(75, {29});
  const std::vector<int> pauses = {100, 1200, 2600, 3100, 3500, 7400};
  const auto windows = cut_windows(mel, clip_spans({}, 7500), pauses);
  // The last that fits; 500 frames are too few for a window, so the quietest moment is next; and
  // the rest needs no cut.
  ASSERT_EQ(windows.size(), 3u);
  EXPECT_EQ(windows[0], (FrameSpan{0, 2600}));
  EXPECT_EQ(windows[1].begin, 2600);
  EXPECT_GE(windows[1].end, 5100);
  EXPECT_LE(windows[1].end, 5600);
  EXPECT_EQ(windows[2].end, 7500);
  EXPECT_THAT(cut_windows(mel, {{0, 3000}}, pauses), ElementsAre(FrameSpan{0, 3000}))
      << "what fits is not cut";
}

TEST(CutWindows, SilenceIsCutAsLateAsItCan) {
  const auto windows = cut(tone_with_pauses(61, {}, 0.0F));
  EXPECT_THAT(windows,
              ElementsAre(FrameSpan{0, 3000}, FrameSpan{3000, 6000}, FrameSpan{6000, 6100}));
}

TEST(CutWindows, ALittleMoreThanAWindowLeavesAtMostTheSearchedSeconds) {
  const auto windows = cut(tone_with_pauses(30.02, {}));
  ASSERT_EQ(windows.size(), 2u);
  EXPECT_LE(windows[0].end, 3000);
  EXPECT_GE(windows[0].end, 2500);
  EXPECT_EQ(windows[1].end, 3002);
}

TEST(CutWindows, EachClipIsCutByItself) {
  Options options;
  options.clip_timestamps_s = {1, 4, 10, 39.5, 100};
  EXPECT_THAT(cut(tone_with_pauses(50, {}), options),
              ElementsAre(FrameSpan{100, 400}, FrameSpan{1000, 3950}));
}

}  // namespace
}  // namespace tessera::whisper
