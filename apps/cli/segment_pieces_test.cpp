#include "apps/cli/segment_pieces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tessera::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Segment greeting() {
  Segment segment;
  segment.id = 7;
  segment.start_s = 0.5;
  segment.end_s = 4;
  segment.text = " Grüß Gott, wir grüßen";
  segment.tokens = {1, 2, 3};
  segment.avg_logprob = -0.5;
  segment.words = {{" Grüß", 0.6, 1, 0.9},
                   {" Gott,", 1, 1.5, 0.9},
                   {" wir", 2, 2.5, 0.9},
                   {" grüßen", 2.5, 4, 0.9}};
  return segment;
}

std::vector<std::string> texts(const std::vector<Segment>& pieces) {
  std::vector<std::string> result;
  for (const Segment& piece : pieces) result.push_back(piece.text);
  return result;
}

TEST(SegmentPieces, AreCutBetweenWords) {
  EXPECT_THAT(texts(cut_segment(greeting(), 1)), ElementsAre(" Grüß", " Gott,", " wir", " grüßen"));
  EXPECT_THAT(texts(cut_segment(greeting(), 10)), ElementsAre(" Grüß", " Gott, wir", " grüßen"));
  EXPECT_THAT(texts(cut_segment(greeting(), 11)), ElementsAre(" Grüß Gott,", " wir grüßen"));
  EXPECT_THAT(texts(cut_segment(greeting(), 22)), ElementsAre(" Grüß Gott, wir grüßen"));
}

TEST(SegmentPieces, HaveTheTimesOfTheirWords) {
  const std::vector<Segment> pieces = cut_segment(greeting(), 11);
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(pieces[0].start_s, 0.5);
  EXPECT_EQ(pieces[0].end_s, 1.5);
  EXPECT_EQ(pieces[1].start_s, 2);
  EXPECT_EQ(pieces[1].end_s, 4);
  EXPECT_EQ(pieces[1].words.size(), 2u);
  EXPECT_EQ(pieces[1].avg_logprob, -0.5);
  EXPECT_THAT(pieces[1].tokens, IsEmpty());
}

TEST(SegmentPieces, SegmentsWithoutWordsStayWhole) {
  Segment segment = greeting();
  segment.words.clear();
  const std::vector<Segment> pieces = cut_segment(segment, 1);
  EXPECT_THAT(texts(pieces), ElementsAre(segment.text));
  EXPECT_EQ(pieces[0].tokens, segment.tokens);
}

TEST(SegmentPieces, AreNumbered) {
  Result result;
  result.segments = {greeting(), greeting()};
  result = cut_segments(std::move(result), 11);
  ASSERT_EQ(result.segments.size(), 4u);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(result.segments[static_cast<std::size_t>(i)].id, i);
}

}  // namespace
}  // namespace tessera::cli
