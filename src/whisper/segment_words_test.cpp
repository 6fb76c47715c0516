#include "src/whisper/segment_words.h"

#include <gmock/gmock.h>

namespace tessera::whisper {
namespace {

using testing::ElementsAre;

constexpr int kEot = 100;

Segment segment(double start_s, double end_s, std::size_t tokens, int seek_frames = 0) {
  Segment made;
  made.seek_frames = seek_frames;
  made.start_s = start_s;
  made.end_s = end_s;
  made.tokens.assign(tokens, 1);
  made.tokens.insert(made.tokens.begin(), kEot + 5);  // a timestamp
  return made;
}

WordTiming word(std::string text, double start_s, double end_s, std::size_t tokens = 1) {
  return {std::move(text), tokens, start_s, end_s, 0.5};
}

std::vector<std::string> texts(const Segment& of) {
  std::vector<std::string> result;
  for (const Word& each : of.words) result.push_back(each.text);
  return result;
}

void fill(std::span<Segment> segments, std::vector<WordTiming> words, double last_speech_s = 0) {
  fill_segment_words(segments, std::move(words), {"(", ".,"}, kEot, last_speech_s);
}

TEST(SegmentWords, GoToSegmentsByTheirTokens) {
  std::vector<Segment> segments = {segment(0, 1, 3), segment(1, 2, 0), segment(1, 2, 2)};
  segments[1].words.push_back({});
  fill(segments,
       {word(" a", 0, 0.25), word(" b", 0.25, 0.5, 3), word(".", 0.5, 0.5), word(" c", 1.25, 1.5)});
  EXPECT_THAT(texts(segments[0]), ElementsAre(" a", " b."));
  EXPECT_THAT(texts(segments[1]), ElementsAre());
  EXPECT_THAT(texts(segments[2]), ElementsAre(" c"));
  EXPECT_EQ(segments[0].words[1].probability, 0.5);
  EXPECT_EQ(segments[0].end_s, 0.5) << "edges follow the words";
  EXPECT_EQ(segments[1].start_s, 1) << "without words they stay";
  EXPECT_EQ(segments[2].start_s, 1.25);
}

TEST(SegmentWords, TimesCountFromTheRecordingsBeginningInHundredths) {
  std::vector<Segment> segments = {segment(12, 13, 2, 1234)};
  fill(segments, {word(" a", 0.02, 0.3), word(" b", 0.3, 0.581)}, 12);
  EXPECT_EQ(segments[0].words[0].start_s, 12.36);
  EXPECT_EQ(segments[0].words[1].end_s, 12.92);
  EXPECT_EQ(segments[0].start_s, 12.36);
  // As numpy rounds: 1.115 lies below the middle, but 1.115 x 100 on it.
  segments = {segment(0, 1, 1)};
  fill(segments, {word(" a", 1, 1.115)}, 1);
  EXPECT_EQ(segments[0].words[0].end_s, 1.12);
}

TEST(SegmentWords, NoTimeIsBeforeTheRecording) {
  std::vector<Segment> segments = {segment(0, 0.03, 1)};
  fill(segments, {word(" a", -0.02, -0.02)});
  EXPECT_EQ(segments[0].words[0].start_s, 0);
  EXPECT_EQ(segments[0].end_s, 0);
  segments = {segment(5, 5.03, 1, 500)};
  fill(segments, {word(" a", -0.02, -0.02)}, 5);
  EXPECT_EQ(segments[0].words[0].start_s, 4.98);
}

// Durations of 0.25 s three times and a longer one: the median is 0.25 s, the most 0.5 s.
TEST(SegmentWords, AFirstWordThatHoldsAPauseIsShortened) {
  std::vector<Segment> segments = {segment(0, 4, 4)};
  const std::vector words = {word(" a", 0, 2), word(" b", 2, 2.25), word(" c", 2.25, 2.5),
                             word(" d", 2.5, 2.75)};
  fill(segments, words);
  EXPECT_EQ(segments[0].words[0].start_s, 1.5);
  EXPECT_EQ(segments[0].start_s, 1.5);
  // Not when speech ended only 1 s before the word's end.
  segments = {segment(0, 4, 4)};
  fill(segments, words, 1);
  EXPECT_EQ(segments[0].words[0].start_s, 0);
}

TEST(SegmentWords, ASecondWordThatIsTooLongMovesTheirBoundary) {
  std::vector<Segment> segments = {segment(0, 5, 5)};
  fill(segments, {word(" a", 2, 2.25), word(" b", 2.25, 4), word(" c", 4, 4.25),
                  word(" d", 4.25, 4.5), word(" e", 4.5, 4.75)});
  // 4 - 0.5 is later than the half of 4.
  EXPECT_EQ(segments[0].words[0].start_s, 3);
  EXPECT_EQ(segments[0].words[0].end_s, 3.5);
  EXPECT_EQ(segments[0].words[1].start_s, 3.5);
  EXPECT_EQ(segments[0].words[1].end_s, 4);
}

TEST(SegmentWords, WordsFarOutsideTheirSegmentAreCutToIt) {
  std::vector<Segment> segments = {segment(1.625, 2.25, 3)};
  const std::vector words = {word(" a", 1, 2), word(" b", 2, 2.25), word(" c", 2.25, 2.5)};
  fill(segments, words, 2);
  EXPECT_EQ(segments[0].words[0].start_s, 1.625);
  EXPECT_EQ(segments[0].start_s, 1.625) << "the segment keeps its own start";
  EXPECT_EQ(segments[0].end_s, 2.5);

  // By half a second alone they are not, and the segment follows.
  segments = {segment(1.5, 2, 3)};
  fill(segments, words, 2);
  EXPECT_EQ(segments[0].words[0].start_s, 1);
  EXPECT_EQ(segments[0].start_s, 1);

  // A word keeps the median duration.
  segments = {segment(1.875, 2, 3)};
  fill(segments, words, 2);
  EXPECT_EQ(segments[0].words[0].start_s, 1.75);
  EXPECT_EQ(segments[0].start_s, 1.875);
}

TEST(SegmentWords, TheLastWordLikewise) {
  const std::vector words = {word(" a", 1, 1.25), word(" b", 1.25, 1.5), word(" c", 1.5, 3)};
  std::vector<Segment> segments = {segment(1, 2, 3)};
  fill(segments, words, 1);
  EXPECT_EQ(segments[0].words[2].end_s, 2);
  EXPECT_EQ(segments[0].end_s, 2);
  segments = {segment(1, 1.625, 3)};
  fill(segments, words, 1);
  EXPECT_EQ(segments[0].words[2].end_s, 1.75);
  segments = {segment(1, 2.5, 3)};
  fill(segments, words, 1);
  EXPECT_EQ(segments[0].end_s, 3);
}

TEST(SegmentWords, APauseIsMeasuredFromTheSegmentBefore) {
  std::vector<Segment> segments = {segment(0, 0.5, 2), segment(2, 2.75, 2)};
  fill(segments,
       {word(" a", 0, 0.25), word(" b", 0.25, 0.5), word(" c", 0.5, 2.5), word(" d", 2.5, 2.75)});
  EXPECT_EQ(segments[1].words[0].start_s, 2);
  segments = {segment(0, 1.75, 2), segment(2, 2.75, 2)};
  fill(segments,
       {word(" a", 0, 0.25), word(" b", 0.25, 1.75), word(" c", 1.75, 2.5), word(" d", 2.5, 2.75)});
  EXPECT_EQ(segments[1].words[0].start_s, 1.75);
}

TEST(SegmentWords, NothingIsFilledFromNothing) {
  fill({}, {});
  std::vector<Segment> segments = {segment(0, 1, 0), segment(1, 2, 3)};
  fill(segments, {});
  EXPECT_TRUE(segments[0].words.empty());
  EXPECT_TRUE(segments[1].words.empty());
  EXPECT_EQ(segments[1].end_s, 2);
}

}  // namespace
}  // namespace tessera::whisper
