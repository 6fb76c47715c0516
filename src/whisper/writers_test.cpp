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

namespace tessera {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const json& golden() {
  static const json data =
      json::parse(std::ifstream(TESSERA_SOURCE_DIR "/tests/golden/writers.json"));
  return data;
}

Result result_from(const json& data) {
  Result result;
  result.text = data.at("text");
  result.language = data.at("language");
  for (const json& item : data.at("segments")) {
    Segment segment;
    segment.id = item.at("id");
    segment.seek_frames = item.at("seek");
    segment.start_s = item.at("start");
    segment.end_s = item.at("end");
    segment.text = item.at("text");
    segment.tokens = item.at("tokens").get<std::vector<int>>();
    segment.temperature = item.at("temperature");
    segment.avg_logprob = item.at("avg_logprob");
    segment.compression_ratio = item.at("compression_ratio");
    segment.no_speech_prob = item.at("no_speech_prob");
    result.segments.push_back(segment);
  }
  return result;
}

std::string written(const Result& result, OutputFormat format) {
  std::ostringstream out;
  write_result(result, format, out);
  return out.str();
}

Result one_segment(const std::string& text, double start_s = 0, double end_s = 1) {
  Result result;
  result.text = text;
  result.language = "en";
  result.segments.resize(1);
  result.segments[0].text = text;
  result.segments[0].start_s = start_s;
  result.segments[0].end_s = end_s;
  return result;
}

TEST(Writers, EveryFormatIsTheReferencesByteForByte) {
  ASSERT_GE(golden().at("cases").size(), 4u);
  for (const json& item : golden().at("cases")) {
    const Result result = result_from(item.at("result"));
    for (const OutputFormat format : output_formats()) {
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
  EXPECT_EQ(parse_output_formats("all"), output_formats());
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
