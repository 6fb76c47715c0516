#include "src/whisper/json_file.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "src/whisper/test_folder.h"

namespace tessera::whisper {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string parse_error(const std::string& text, const JsonLimits& limits = {}) {
  return error_of([&] { parse_json(text, "a.json", limits); });
}

std::string nested(int levels) {
  return std::string(static_cast<std::size_t>(levels), '[') +
         std::string(static_cast<std::size_t>(levels), ']');
}

TEST(JsonFile, ParsesWhatIsWithinTheLimits) {
  const nlohmann::json json =
      parse_json(R"({"a": [1, -2, 3.5, null, true], "b": {"a": "\u00fc"}})", "a.json");
  EXPECT_EQ(json["a"].size(), 5u);
  EXPECT_EQ(json["b"]["a"], "ü");
  EXPECT_NO_THROW(parse_json(nested(16), "a.json"));
}

TEST(JsonFile, RejectsWhatIsNotJson) {
  for (const char* text :
       {"", "{", "{]", "{\"a\": 1,}", "nul", "{} {}", "{\"a\": \"\xff\"}", "1e999"}) {
    EXPECT_THAT(parse_error(text), StartsWith("bad_file: a.json: not valid JSON")) << text;
  }
  EXPECT_THAT(parse_error("{\"a\": x}"), HasSubstr("at byte 7"));
}

TEST(JsonFile, RejectsDepth) {
  EXPECT_THAT(parse_error(nested(17)), HasSubstr("at most 16 levels deep"));
  EXPECT_THAT(parse_error(nested(1'000'000)), HasSubstr("at most 16 levels deep"));
  EXPECT_THAT(parse_error(R"({"a": {"b": [[]]}})", {.max_depth = 3}), HasSubstr("3 levels deep"));
  EXPECT_EQ(parse_error(R"({"a": {"b": []}})", {.max_depth = 3}), "");
}

TEST(JsonFile, RejectsSize) {
  EXPECT_THAT(parse_error("[1, 2]", {.max_bytes = 5}), HasSubstr("at most 5 bytes"));
  EXPECT_THAT(parse_error("[1, 2, 3]", {.max_values = 3}), HasSubstr("at most 3 values"));
  EXPECT_EQ(parse_error("[1, 2, 3]", {.max_values = 4}), "");
}

TEST(JsonFile, RejectsDuplicateKeysOfOneObjectOnly) {
  EXPECT_THAT(parse_error(R"({"a": 1, "b": {"c": 1, "c": 2}})"),
              HasSubstr("key 'c' appears twice"));
  EXPECT_THAT(parse_error(R"({"a": 1, "b": {"a": 2}, "\u0061": 3})"),
              HasSubstr("key 'a' appears twice"));
  EXPECT_EQ(parse_error(R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]})"), "");
}

TEST(JsonFile, KeepsTheFilesOrderUnderTheSameRules) {
  EXPECT_EQ(parse_json_in_order(R"({"b": {"z": [1, {}]}, "a": "x"})", "a.json").dump(),
            R"({"b":{"z":[1,{}]},"a":"x"})");
  const auto error = [](const std::string& text) {
    return error_of([&] { parse_json_in_order(text, "a.json"); });
  };
  EXPECT_THAT(error(R"({"b": 1, "a": {"c": 1, "d": 2, "c": 3}})"),
              HasSubstr("a.json: key 'c' appears twice"));
  EXPECT_EQ(error(R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]})"), "");
  EXPECT_THAT(error(R"({"a": x})"), HasSubstr("not valid JSON at byte 7"));
  EXPECT_THAT(error(nested(17)), HasSubstr("at most 16 levels deep"));
}

TEST(JsonFile, SaysWhichFileIsMissing) {
  const TestFolder folder;
  const std::string error = error_of([&] { read_json_file(folder.path() / "none.json"); });
  EXPECT_THAT(error, HasSubstr("none.json: No such file"));
}

TEST(JsonFile, MessagesStayOnOneLine) {
  EXPECT_EQ(printable("a\nb\x1b[0m"), "a?b?[0m");
  // 119 letters and a two-byte letter across the limit.
  EXPECT_EQ(printable(std::string(119, 'x') + "ü" + "yyy"), std::string(119, 'x') + "...");
  EXPECT_EQ(printable_value(nlohmann::json("a\rb")), "'a?b'");
  EXPECT_EQ(printable_value(nlohmann::json{1, 2.5, nullptr}), "[1,2.5,null]");
  EXPECT_EQ(printable_value(nlohmann::ordered_json{{"a", 1}}), "an object");
}

}  // namespace
}  // namespace tessera::whisper
