#include "apps/cli/channel_results.h"

#include <gtest/gtest.h>

#include <string>

namespace tessera::cli {
namespace {

Result channel(const std::vector<std::pair<double, std::string>>& said, double duration_s) {
  Result result;
  result.language = "en";
  result.duration_s = duration_s;
  for (const auto& [start_s, text] : said) {
    Segment& segment = result.segments.emplace_back();
    segment.start_s = start_s;
    segment.end_s = start_s + 1;
    segment.text = text;
    result.text += text;
  }
  return result;
}

TEST(ChannelResults, SegmentsComeInTheirTurnWithTheirSpeaker) {
  const Result joined = join_channels({channel({{0, " Hello."}, {4, " Fine."}}, 10),
                                       channel({{2, " How are you?"}, {4, " Good."}}, 10.5)});
  ASSERT_EQ(joined.segments.size(), 4U);
  const char* const texts[] = {" Hello.", " How are you?", " Fine.", " Good."};
  const char* const speakers[] = {"0", "1", "0", "1"};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(joined.segments[i].text, texts[i]);
    EXPECT_EQ(joined.segments[i].speaker, speakers[i]);
    EXPECT_EQ(joined.segments[i].id, i);
  }
  EXPECT_EQ(joined.text, " Hello. How are you? Fine. Good.");
  EXPECT_EQ(joined.language, "en");
  EXPECT_DOUBLE_EQ(joined.duration_s, 10.5);
}

TEST(ChannelResults, OneChannelIsASpeakerToo) {
  const Result joined = join_channels({channel({{1, " Alone."}}, 3)});
  ASSERT_EQ(joined.segments.size(), 1U);
  EXPECT_EQ(joined.segments[0].speaker, "0");
}

}  // namespace
}  // namespace tessera::cli
