#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/whisper/writers/writers_test_support.h"

namespace tessera {
namespace {

using nlohmann::json;
using testing_support::one_segment;
using testing_support::written;

Result hello_and_goodbye() {
  Result result = one_segment(" Say \"hello\"\\,", 0.02, 3599.995);
  const Segment nothing = one_segment("", 3600, 3601).segments[0];
  const Segment goodbye = one_segment(" tschüß, 再见", 3661.5, 3662).segments[0];
  result.segments.insert(result.segments.end(), {nothing, goodbye});
  return result;
}

TEST(WhisperCppFormats, Csv) {
  EXPECT_EQ(written(hello_and_goodbye(), OutputFormat::csv),
            "start,end,text\n"
            "20,3600000,\" Say \"\"hello\"\"\\,\"\n"
            "3661500,3662000,\" tschüß, 再见\"\n");
  EXPECT_EQ(written({}, OutputFormat::csv), "start,end,text\n");
}

TEST(WhisperCppFormats, Lrc) {
  EXPECT_EQ(written(hello_and_goodbye(), OutputFormat::lrc),
            "[by:whisper.cpp]\n[00:00.02] Say \"hello\"\\,\n[61:01.50] tschüß, 再见\n");
  EXPECT_EQ(written(one_segment(" a\nb\r", 59.999), OutputFormat::lrc),
            "[by:whisper.cpp]\n[01:00.00] a b \n");
  EXPECT_THROW(written(one_segment("x", std::nan("")), OutputFormat::lrc), Error);
}

constexpr const char* kJson = R"({
	"systeminfo": "reference, 2 threads",
	"model": {
		"type": "pebble",
		"multilingual": false,
		"vocab": 51864
	},
	"params": {
		"model": "pebble",
		"language": "auto",
		"translate": true
	},
	"result": {
		"language": "en"
	},
	"transcription": [
		{
			"timestamps": {
				"from": "00:00:00,020",
				"to": "01:00:00,000"
			},
			"offsets": {
				"from": 20,
				"to": 3600000
			},
			"text": " Say \"hello\"\\,"
		},
		{
			"timestamps": {
				"from": "01:01:01,500",
				"to": "01:01:02,000"
			},
			"offsets": {
				"from": 3661500,
				"to": 3662000
			},
			"text": " tschüß, 再见"
		}
	]
}
)";

TEST(WhisperCppFormats, Json) {
  const RunInfo run{.model = "pebble",
                    .system = "reference, 2 threads",
                    .translated = true,
                    .multilingual = false,
                    .vocabulary_size = 51864};
  EXPECT_EQ(written(hello_and_goodbye(), OutputFormat::wcpp_json, {}, run), kJson);
}

TEST(WhisperCppFormats, JsonIsAlwaysJson) {
  const json empty = json::parse(written({}, OutputFormat::wcpp_json));
  EXPECT_EQ(empty.at("transcription"), json::array());
  EXPECT_FALSE(empty.at("model").contains("vocab"));
  const json parsed = json::parse(
      written(one_segment(std::string("\x01\n\t\0 \"\\ \xFF", 9)), OutputFormat::wcpp_json));
  EXPECT_EQ(parsed.at("transcription").at(0).at("text").get<std::string>(),
            std::string("\x01\n\t\0 \"\\ ", 8) + "\uFFFD");
}

}  // namespace
}  // namespace tessera
