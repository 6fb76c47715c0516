#include "src/whisper/writers/subtitle_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/whisper/unicode.h"
#include "src/whisper/writers/writers_test_support.h"

namespace tessera {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing_support::one_segment;
using testing_support::result_from;
using testing_support::written;

std::optional<int> limit(const json& layout, const char* name) {
  return layout.contains(name) ? std::optional<int>(layout.at(name).get<int>()) : std::nullopt;
}

SubtitleLayout layout_from(const json& data) {
  SubtitleLayout layout;
  layout.max_line_width = limit(data, "max_line_width");
  layout.max_line_count = limit(data, "max_line_count");
  layout.max_words_per_line = limit(data, "max_words_per_line");
  layout.highlight_words = data.value("highlight_words", false);
  return layout;
}

TEST(SubtitleLayout, EveryLayoutIsTheReferencesByteForByte) {
  int compared = 0;
  for (const json& item : testing_support::writers_golden().at("subtitles")) {
    const Result result = result_from(item.at("result"), true);
    for (const json& run : item.at("layouts")) {
      const OutputFormat format = parse_output_formats(run.at("format").get<std::string>()).front();
      EXPECT_EQ(written(result, format, layout_from(run.at("layout"))),
                run.at("output").get<std::string>())
          << run.at("layout");
      ++compared;
    }
  }
  EXPECT_GE(compared, 140);
}

Result four_words() {
  return one_segment({{" One", 0.5, 1, 0.9},
                      {" two,", 1, 1.5, 0.9},
                      {" three", 4.6, 5, 0.9},
                      {" four.", 5, 6, 1}});
}

TEST(SubtitleLayout, LongPausesBreakOnlyWhenSegmentsFlow) {
  SubtitleLayout layout{.max_line_width = 42};
  EXPECT_EQ(whisper::group_words(four_words(), layout).size(), 1u);
  layout.max_line_count = 2;
  EXPECT_EQ(whisper::group_words(four_words(), layout).size(), 2u);
}

TEST(SubtitleLayout, KaraokeTellsWhenEachWordBegins) {
  EXPECT_EQ(written(four_words(), OutputFormat::vtt, {.karaoke = true}),
            "WEBVTT\n\n00:00.500 --> 00:06.000\n"
            "One <00:01.000>two, <00:04.600>three <00:05.000>four.\n\n");
  EXPECT_EQ(written(four_words(), OutputFormat::vtt, {.max_line_width = 9, .karaoke = true}),
            "WEBVTT\n\n00:00.500 --> 00:06.000\n"
            "One <00:01.000>two,\n<00:04.600>three\n<00:05.000>four.\n\n");
  EXPECT_EQ(written(four_words(), OutputFormat::srt, {.karaoke = true}),
            written(four_words(), OutputFormat::srt))
      << "it concerns vtt alone";
}

TEST(SubtitleLayout, KaraokeTimesRiseInsideTheirSubtitle) {
  const Result result = one_segment({{" a", 3599, 3599.5, 1},
                                     {" b", 3598, 3599.5, 1},
                                     {" c", 3599.5, 3600, 1},
                                     {" d", 3599.5, 3600, 1},
                                     {" e", 3600, 3601, 1},
                                     {" f", 3601, 3601, 1}});
  EXPECT_EQ(written(result, OutputFormat::vtt, {.karaoke = true}),
            "WEBVTT\n\n59:59.000 --> 01:00:01.000\n"
            "a b <59:59.500>c d <01:00:00.000>e f\n\n");
}

TEST(SubtitleLayout, KaraokeTextCannotBeTakenForMarkup) {
  const Result result =
      one_segment({{" <b>", 0, 1, 1}, {" R&D", 1, 2, 1}, {" -->\n\n", 2, 3, 1}, {"\xFF", 3, 4, 1}});
  EXPECT_EQ(written(result, OutputFormat::vtt, {.karaoke = true}),
            "WEBVTT\n\n00:00.000 --> 00:04.000\n"
            "&lt;b&gt; <00:01.000>R&amp;D <00:02.000>--&gt;  <00:03.000>\uFFFD\n\n");
}

TEST(SubtitleLayout, DamagedWordsComeOutValid) {
  const Result result = one_segment({{" a\xFF", 0, 1, 1}, {" \xE4\xB8", 1, 2, 1}});
  for (const bool highlight : {false, true}) {
    for (const OutputFormat format : {OutputFormat::srt, OutputFormat::vtt, OutputFormat::json}) {
      const std::string text = written(result, format, {.highlight_words = highlight});
      EXPECT_EQ(whisper::valid_utf8(text), text);
      EXPECT_THAT(text, HasSubstr(format == OutputFormat::json ? "\\ufffd" : "\uFFFD"));
    }
  }
}

TEST(SubtitleLayout, TimesThatAreNoneAreAnError) {
  EXPECT_THROW(written(one_segment({{" a", std::nan(""), 1, 1}}), OutputFormat::srt), Error);
  EXPECT_THROW(written(one_segment({{" a", 0, -1, 1}}), OutputFormat::vtt), Error);
}

std::string refusal(const Result& result, const SubtitleLayout& layout) {
  try {
    written(result, OutputFormat::srt, layout);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_argument);
    return error.what();
  }
  return "accepted";
}

TEST(SubtitleLayout, ContradictionsAreErrors) {
  EXPECT_THAT(refusal(four_words(), {.max_line_width = 0}), HasSubstr("max_line_width: "));
  EXPECT_THAT(refusal(four_words(), {.max_line_width = 9, .max_line_count = -1}),
              HasSubstr("max_line_count: expected at least 1, got -1"));
  EXPECT_THAT(refusal(four_words(), {.max_words_per_line = 0}), HasSubstr("max_words_per_line: "));
  EXPECT_THAT(refusal(four_words(), {.max_line_count = 2}), HasSubstr("needs max_line_width"));
  EXPECT_THAT(refusal(four_words(), {.max_line_width = 9, .max_words_per_line = 2}),
              HasSubstr("max_words_per_line"));
  EXPECT_THAT(refusal(four_words(), {.highlight_words = true, .karaoke = true}),
              HasSubstr("karaoke"));
}

TEST(SubtitleLayout, NeedsWordTimes) {
  const Result without = one_segment(" Hello.");
  for (const SubtitleLayout& layout :
       {SubtitleLayout{.max_line_width = 9}, SubtitleLayout{.max_words_per_line = 2},
        SubtitleLayout{.highlight_words = true}, SubtitleLayout{.karaoke = true}}) {
    EXPECT_THAT(refusal(without, layout), HasSubstr("needs word times"));
  }
  EXPECT_EQ(refusal(without, {}), "accepted");
}

}  // namespace
}  // namespace tessera
