#include "src/whisper/timestamps.h"

#include <gtest/gtest.h>

namespace tessera::whisper {
namespace {

constexpr int kBegin = 1000;
constexpr int at(double seconds) { return kBegin + static_cast<int>(seconds * 50 + 0.5); }

struct Expected {
  std::size_t first, last;
  double start_s, end_s;
};

void expect_split(const std::vector<int>& tokens, int window_frames,
                  const std::vector<Expected>& slices, int advance_frames,
                  OpenText open = OpenText::leave) {
  const WindowSplit split = split_window(tokens, kBegin, window_frames, open);
  ASSERT_EQ(split.slices.size(), slices.size());
  for (std::size_t i = 0; i < slices.size(); ++i) {
    EXPECT_EQ(split.slices[i].first, slices[i].first);
    EXPECT_EQ(split.slices[i].last, slices[i].last);
    EXPECT_DOUBLE_EQ(split.slices[i].start_s, slices[i].start_s);
    EXPECT_DOUBLE_EQ(split.slices[i].end_s, slices[i].end_s);
  }
  EXPECT_EQ(split.advance_frames, advance_frames);
}

TEST(SplitWindow, OneSegmentWithoutTimestampsLastsTheWindow) {
  expect_split({1, 2, 3}, 1234, {{0, 3, 0.0, 12.34}}, 1234);
}

TEST(SplitWindow, OneSegmentEndsAtItsLastTimestampButTheWindowIsDone) {
  expect_split({at(0.4), 1, 2, at(3.2)}, 3000, {{0, 4, 0.0, 3.2}}, 3000);
}

TEST(SplitWindow, ATimestampOfZeroIsNoEnd) { expect_split({at(0)}, 500, {{0, 1, 0.0, 5.0}}, 500); }

TEST(SplitWindow, PairsCutAndASingleTimestampAtTheEndClosesTheWindow) {
  expect_split({at(0), 1, at(2.5), at(3), 2, 3, at(9.98)}, 1500,
               {{0, 3, 0.0, 2.5}, {3, 7, 3.0, 9.98}}, 1500);
}

TEST(SplitWindow, UnfinishedTextAfterTheLastPairIsLeftToTheNextWindow) {
  expect_split({at(0), 1, at(2.5), at(3), 2, 3}, 3000, {{0, 3, 0.0, 2.5}}, 250);
}

TEST(SplitWindow, APairAtTheEndAdvancesToIt) {
  expect_split({at(0.2), 1, at(20), at(28)}, 3000, {{0, 3, 0.2, 20.0}}, 2000);
}

TEST(SplitWindow, AlwaysAdvances) {
  // The rules of sampling forbid this; a loop must not hang on it all the same.
  expect_split({at(0), at(0), 1}, 3000, {{0, 1, 0.0, 0.0}}, 1);
}

TEST(SplitWindow, NoTokensAreOneEmptySegment) { expect_split({}, 700, {{0, 0, 0.0, 7.0}}, 700); }

TEST(SplitWindow, KeptTextLastsToTheEndOfTheWindow) {
  expect_split({at(0), 1, at(2.5), at(3), 2, 3}, 2990, {{0, 3, 0.0, 2.5}, {3, 6, 3.0, 29.9}}, 2990,
               OpenText::keep);
  // Where the model began it after the end of the sound, it lasts no time rather than less.
  expect_split({at(0), 1, at(2.5), at(3), 2}, 290, {{0, 3, 0.0, 2.5}, {3, 5, 3.0, 3.0}}, 290,
               OpenText::keep);
  expect_split({at(0.4), 1, 2}, 3000, {{0, 3, 0.0, 30.0}}, 3000, OpenText::keep);
}

TEST(SplitWindow, KeepingChangesNothingOfTextThatIsClosed) {
  expect_split({at(0), 1, at(2.5), at(3), 2, at(9)}, 3000, {{0, 3, 0.0, 2.5}, {3, 6, 3.0, 9.0}},
               3000, OpenText::keep);
  expect_split({at(0.4), 1, 2, at(3.2)}, 3000, {{0, 4, 0.0, 3.2}}, 3000, OpenText::keep);
  expect_split({at(0.2), 1, at(20), at(28)}, 3000, {{0, 3, 0.2, 20.0}}, 3000, OpenText::keep);
  expect_split({}, 700, {{0, 0, 0.0, 7.0}}, 700, OpenText::keep);
}

}  // namespace
}  // namespace tessera::whisper
