#include "tessera/writers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <locale>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "src/whisper/json_text.h"
#include "src/whisper/unicode.h"
#include "src/whisper/writers/writers_test_support.h"

namespace tessera {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

using testing_support::one_segment;
using testing_support::result_from;
using testing_support::written;

const json& golden() { return testing_support::writers_golden(); }

TEST(Writers, EveryFormatIsTheReferencesByteForByte) {
  ASSERT_GE(golden().at("cases").size(), 5u);
  for (const json& item : golden().at("cases")) {
    const Result result = result_from(item.at("result"), false);
    for (const OutputFormat format : parse_output_formats("all")) {
      const std::string expected = item.at("outputs").at(output_format_name(format));
      EXPECT_EQ(written(result, format), expected) << output_format_name(format);
    }
  }
}

TEST(Writers, ResultsWithWordsAreTheReferencesByteForByte) {
  ASSERT_GE(golden().at("subtitles").size(), 7u);
  for (const json& item : golden().at("subtitles")) {
    const Result result = result_from(item.at("result"), true);
    for (const OutputFormat format : parse_output_formats("all")) {
      const std::string expected = item.at("outputs").at(output_format_name(format));
      EXPECT_EQ(written(result, format), expected) << output_format_name(format);
    }
  }
}

TEST(Writers, FloatsArePythons) {
  ASSERT_GE(golden().at("floats").size(), 200u);
  for (const json& item : golden().at("floats")) {
    std::string text;
    whisper::append_json_float(text, item.at(0));
    EXPECT_EQ(text, item.at(1).get<std::string>());
  }
}

TEST(Writers, UndefinedScoresAreNull) {
  Result result = one_segment("x");
  result.segments[0].avg_logprob = std::nan("");
  result.segments[0].compression_ratio = std::numeric_limits<double>::infinity();
  const json parsed = json::parse(written(result, OutputFormat::json));
  EXPECT_TRUE(parsed.at("segments").at(0).at("avg_logprob").is_null());
  EXPECT_TRUE(parsed.at("segments").at(0).at("compression_ratio").is_null());
}

TEST(Writers, DamagedUtf8NeverGetsOut) {
  const Result result = one_segment("a\xFF\xE4\xB8 ");
  EXPECT_EQ(written(result, OutputFormat::txt), "a\uFFFD\uFFFD\n");
  const json parsed = json::parse(written(result, OutputFormat::json));
  EXPECT_EQ(parsed.at("text").get<std::string>(), "a\uFFFD\uFFFD ");
  for (const OutputFormat format : output_formats()) {
    const std::string text = written(result, format);
    EXPECT_EQ(whisper::valid_utf8(text), text) << output_format_name(format);
  }
}

TEST(Writers, AnEmptiedSegmentHasAnEmptyListOfWords) {
  Result result = one_segment("");
  result.segments[0].tokens.clear();
  EXPECT_NE(written(result, OutputFormat::json).find(", \"words\": []}"), std::string::npos);
  EXPECT_EQ(written(one_segment(" x"), OutputFormat::json).find("words"), std::string::npos);
}

TEST(Writers, StreamsLocaleDoesNotShow) {
  struct Grouped : std::numpunct<char> {
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  std::ostringstream out;
  out.imbue(std::locale(std::locale::classic(), new Grouped));
  write_result(one_segment("x", 1234.5, 2345.6), OutputFormat::tsv, out);
  EXPECT_EQ(out.str(), "start\tend\ttext\n1234500\t2345600\tx\n");
}

TEST(Writers, Timestamps) {
  EXPECT_EQ(format_timestamp(0), "00:00.000");
  EXPECT_EQ(format_timestamp(5.12), "00:05.120");
  EXPECT_EQ(format_timestamp(3600), "01:00:00.000");
  EXPECT_EQ(format_timestamp(59.9996, true, ','), "00:01:00,000");
  EXPECT_EQ(format_timestamp(360000), "100:00:00.000");
  EXPECT_EQ(format_timestamp(0.0005), "00:00.000") << "half to even";
  EXPECT_EQ(format_timestamp(0.0015), "00:00.002") << "half to even";
  EXPECT_THROW(format_timestamp(-1), Error);
  EXPECT_THROW(format_timestamp(std::nan("")), Error);
  EXPECT_THROW(format_timestamp(1e300), Error);
}

TEST(Writers, FormatLists) {
  EXPECT_THAT(parse_output_formats("srt"), ElementsAre(OutputFormat::srt));
  EXPECT_THAT(parse_output_formats("json,txt,json"),
              ElementsAre(OutputFormat::json, OutputFormat::txt));
  EXPECT_THAT(parse_output_formats("all"),
              ElementsAre(OutputFormat::txt, OutputFormat::srt, OutputFormat::vtt,
                          OutputFormat::tsv, OutputFormat::json));
  EXPECT_THAT(parse_output_formats("wcpp-json,csv,lrc"),
              ElementsAre(OutputFormat::wcpp_json, OutputFormat::csv, OutputFormat::lrc));
  for (const OutputFormat format : output_formats()) {
    EXPECT_THAT(parse_output_formats(output_format_name(format)), ElementsAre(format));
  }
  for (const char* wrong : {"", "doc", "srt,", "SRT", "srt json"}) {
    try {
      parse_output_formats(wrong);
      ADD_FAILURE() << wrong;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_argument);
      EXPECT_THAT(error.what(), HasSubstr("unknown output format '"));
    }
  }
}

TEST(Writers, Suffixes) {
  EXPECT_EQ(output_formats().size(), 8u);
  EXPECT_STREQ(output_format_suffix(OutputFormat::srt), ".srt");
  EXPECT_STREQ(output_format_suffix(OutputFormat::wcpp_json), ".wcpp.json");
  EXPECT_THROW(output_format_suffix(static_cast<OutputFormat>(99)), Error);
  EXPECT_THROW(written({}, static_cast<OutputFormat>(99)), Error);
}

TEST(Writers, SavesAFile) {
  const std::filesystem::path path =
      std::filesystem::path(::testing::TempDir()) / "tessera_writers_test.srt";
  save_result(one_segment(" Hello.", 0, 1.5), OutputFormat::srt, path.string());
  std::ostringstream contents;
  contents << std::ifstream(path).rdbuf();
  EXPECT_EQ(contents.str(), "1\n00:00:00,000 --> 00:00:01,500\nHello.\n\n");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace tessera
