#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/whisper/writers/writers_test_support.h"

namespace tessera {
namespace {

using testing::HasSubstr;
using testing_support::written;

Result conversation() {
  Result result;
  result.language = "en";
  const auto add = [&result](const char* speaker, const char* text, double start_s) {
    Segment& segment = result.segments.emplace_back();
    segment.speaker = speaker;
    segment.text = text;
    segment.start_s = start_s;
    segment.end_s = start_s + 1;
    segment.tokens = {1};
  };
  add("0", " Hello.", 0);
  add("1", " Good day.", 1);
  add("", " Who?", 2);
  return result;
}

// As examples/cli/cli.cpp of whisper.cpp writes what it tells apart by --diarize.
TEST(Speakers, AreNamedAsWhisperCppNamesThem) {
  const Result result = conversation();
  EXPECT_EQ(written(result, OutputFormat::txt),
            "(speaker 0) Hello.\n(speaker 1) Good day.\nWho?\n");
  EXPECT_EQ(written(result, OutputFormat::srt),
            "1\n00:00:00,000 --> 00:00:01,000\n(speaker 0) Hello.\n\n"
            "2\n00:00:01,000 --> 00:00:02,000\n(speaker 1) Good day.\n\n"
            "3\n00:00:02,000 --> 00:00:03,000\nWho?\n\n");
  EXPECT_EQ(written(result, OutputFormat::vtt),
            "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Speaker0>Hello.\n\n"
            "00:01.000 --> 00:02.000\n<v Speaker1>Good day.\n\n00:02.000 --> 00:03.000\nWho?\n\n");
  EXPECT_EQ(written(result, OutputFormat::csv),
            "start,end,speaker,text\n0,1000,0,\" Hello.\"\n1000,2000,1,\" Good day.\"\n"
            "2000,3000,,\" Who?\"\n");
  EXPECT_THAT(written(result, OutputFormat::lrc), HasSubstr("[00:01.00](speaker 1) Good day.\n"));
  EXPECT_THAT(written(result, OutputFormat::wcpp_json), HasSubstr("\"speaker\": \"1\""));
  EXPECT_THAT(written(result, OutputFormat::json), HasSubstr(R"(, "speaker": "0"})"));
}

TEST(Speakers, WordsOfTwoAreNeverInOneSubtitle) {
  Result result = conversation();
  result.has_words = true;
  for (Segment& segment : result.segments) {
    segment.words = {{segment.text, segment.start_s, segment.end_s, 1}};
  }
  const SubtitleLayout layout{.max_line_width = 80, .max_line_count = 2};
  EXPECT_THAT(written(result, OutputFormat::srt, layout),
              HasSubstr("(speaker 0) Hello.\n\n2\n00:00:01,000 --> 00:00:02,000\n(speaker 1) Good "
                        "day.\n\n"));
}

TEST(Speakers, WithoutAnyNothingIsSaid) {
  Result result = conversation();
  for (Segment& segment : result.segments) segment.speaker.clear();
  for (const OutputFormat format :
       {OutputFormat::txt, OutputFormat::srt, OutputFormat::vtt, OutputFormat::csv,
        OutputFormat::lrc, OutputFormat::wcpp_json, OutputFormat::json}) {
    EXPECT_THAT(written(result, format), testing::Not(HasSubstr("peaker")));
  }
}

}  // namespace
}  // namespace tessera
