#include "src/whisper/vad/speech_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::whisper {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kSecond = 16000;

// Of a recording: 2 s to 5 s, 10 s to 12 s, 12 s to 16 s, 20 s to 21 s; joined 0, 3, 5, 9 to 10 s.
SpeechMap example() {
  const std::vector<SampleSpan> spans = {{2 * kSecond, 5 * kSecond},
                                         {10 * kSecond, 12 * kSecond},
                                         {12 * kSecond, 16 * kSecond},
                                         {20 * kSecond, 21 * kSecond}};
  return {spans, 0.4};
}

Segment restored(const SpeechMap& map, double start_s, double end_s) {
  Segment segment;
  segment.start_s = start_s;
  segment.end_s = end_s;
  map.restore(segment);
  return segment;
}

void expect_restored(double start_s, double end_s, double original_start_s, double original_end_s) {
  const Segment segment = restored(example(), start_s, end_s);
  EXPECT_DOUBLE_EQ(segment.start_s, original_start_s) << start_s << " to " << end_s;
  EXPECT_DOUBLE_EQ(segment.end_s, original_end_s) << start_s << " to " << end_s;
}

TEST(SpeechMap, OneWithoutSpansChangesNothing) {
  const SpeechMap map;
  EXPECT_TRUE(map.identity());
  EXPECT_EQ(map.begin_s(1.2345), 1.2345);
  EXPECT_EQ(map.frame(17), 17);
  Segment segment = restored(map, 1.23456789, 2.3456789);
  EXPECT_EQ(segment.start_s, 1.23456789);
  EXPECT_EQ(segment.end_s, 2.3456789);
}

TEST(SpeechMap, TimesGoBackToWhereTheyWere) {
  const SpeechMap map = example();
  EXPECT_DOUBLE_EQ(map.begin_s(0), 2);
  EXPECT_DOUBLE_EQ(map.begin_s(2.5), 4.5);
  EXPECT_DOUBLE_EQ(map.begin_s(3), 10) << "what begins at a joint";
  EXPECT_DOUBLE_EQ(map.end_s(3), 5) << "what ends there";
  EXPECT_DOUBLE_EQ(map.begin_s(5), 12);
  EXPECT_DOUBLE_EQ(map.end_s(5), 12) << "nothing was cut out here";
  EXPECT_DOUBLE_EQ(map.begin_s(9), 20);
  EXPECT_DOUBLE_EQ(map.end_s(9), 16);
  EXPECT_DOUBLE_EQ(map.end_s(10), 21);
  EXPECT_DOUBLE_EQ(map.end_s(12), 23) << "a window's text may end after the sound";
  EXPECT_EQ(map.frame(300), 1000);
  EXPECT_EQ(map.end_frame(300), 500);
  EXPECT_THAT(map.pauses(), ElementsAre(300, 900));
}

TEST(SpeechMap, SegmentsKeepToTheirPieces) {
  expect_restored(0, 3, 2, 5);
  expect_restored(3, 9, 10, 16);
  expect_restored(1, 4, 3, 11);
  expect_restored(4, 6, 11, 13);
  // Hardly over a joint: in the pad, where nobody speaks.
  expect_restored(1, 3.1, 3, 5);
  expect_restored(2.9, 4, 10, 11);
  expect_restored(2.9, 3.1, 4.9, 5);
}

TEST(SpeechMap, AWordLiesInOnePiece) {
  Segment segment;
  segment.start_s = 2;
  segment.end_s = 4;
  segment.words = {{" one", 2.0, 2.9, 1}, {" two", 2.9, 3.2, 1}, {" three", 3.2, 4.0, 1}};
  example().restore(segment);
  EXPECT_DOUBLE_EQ(segment.words[0].start_s, 4);
  EXPECT_DOUBLE_EQ(segment.words[0].end_s, 4.9);
  EXPECT_DOUBLE_EQ(segment.words[1].start_s, 10) << "its middle is after the joint";
  EXPECT_DOUBLE_EQ(segment.words[1].end_s, 10.2);
  EXPECT_DOUBLE_EQ(segment.words[2].end_s, 11);
  EXPECT_DOUBLE_EQ(segment.start_s, 4);
  EXPECT_DOUBLE_EQ(segment.end_s, 11);
}

TEST(SpeechMap, TimesNeverGoBackwards) {
  const SpeechMap map = example();
  double last_s = -1;
  for (int i = 0; i <= 1100; ++i) {
    const double start_s = i / 100.0;
    for (const double length_s : {0.0, 0.05, 0.3, 2.0, 7.0}) {
      const Segment segment = restored(map, start_s, start_s + length_s);
      EXPECT_LE(segment.start_s, segment.end_s) << start_s << " " << length_s;
    }
    EXPECT_GE(map.begin_s(start_s), last_s);
    last_s = map.begin_s(start_s);
  }
}

TEST(SpeechMap, WindowsAreReportedWhereTheyWere) {
  WindowReport report;
  report.seek_frames = 200;
  report.frames = 700;
  report.next_frames = 900;
  example().restore(report);
  EXPECT_EQ(report.seek_frames, 400);
  EXPECT_EQ(report.frames, 1600 - 400);
  EXPECT_EQ(report.next_frames, 2000);
}

}  // namespace
}  // namespace tessera::whisper
