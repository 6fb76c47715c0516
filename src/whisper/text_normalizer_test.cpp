#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "src/whisper/json_file.h"
#include "src/whisper/normalizer/code_points.h"
#include "src/whisper/normalizer/decimal_text.h"
#include "src/whisper/normalizer/number_words.h"
#include "src/whisper/unicode.h"
#include "tessera/wer.h"

namespace tessera {
namespace {

using testing::HasSubstr;

const nlohmann::json& golden() {
  static const nlohmann::json cases =
      whisper::read_json_file(TESSERA_SOURCE_DIR "/tests/golden/normalizers.json");
  return cases;
}

// tools/goldens/wer.py: what openai-whisper's normalisers make of some hundred texts.
TEST(TextNormalizer, EnglishAgreesWithOpenaiWhisper) {
  ASSERT_GT(golden().at("english").size(), 500u);
  for (const auto& test : golden().at("english")) {
    const auto text = test.at(0).get<std::string>();
    EXPECT_EQ(normalize_text(text), test.at(1).get<std::string>()) << text;
  }
}

TEST(TextNormalizer, BasicAgreesWithOpenaiWhisper) {
  ASSERT_GE(golden().at("basic").size(), 150u);
  for (const auto& test : golden().at("basic")) {
    const auto text = test.at(0).get<std::string>();
    std::size_t column = 1;
    for (const bool remove_diacritics : {false, true}) {
      for (const bool split_letters : {false, true}) {
        EXPECT_EQ(normalize_text(text, {Normalizer::basic, remove_diacritics, split_letters}),
                  test.at(column++).get<std::string>())
            << text;
      }
    }
  }
}

TEST(TextNormalizer, NoneKeepsTextButForBadBytes) {
  EXPECT_EQ(normalize_text(" It's  1,000! \n", {Normalizer::none}), " It's  1,000! \n");
  EXPECT_EQ(normalize_text("a\xff", {Normalizer::none}), "a\uFFFD");
  EXPECT_EQ(normalize_text("a\xff"
                           "b"),
            "a b")
      << "U+FFFD is a symbol";
}

// Python ends with an exception above 4300 digits; here numbers are as long as they are.
TEST(TextNormalizer, NumbersOfAnyLength) {
  const std::string digits(6000, '9');
  EXPECT_EQ(normalize_text(digits + " and"), digits + " and");
  std::string said;
  for (int i = 0; i < 5000; ++i) said += "nine ";
  EXPECT_EQ(normalize_text(said + "million"), std::string(5000, '9') + "000000");
}

TEST(TextNormalizer, AnyBytesAreTaken) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::string bytes;
    for (int i = 0; i < 60; ++i) bytes += static_cast<char>(random());
    for (const Normalizer normalizer : {Normalizer::english, Normalizer::basic, Normalizer::none}) {
      const std::string text = normalize_text(bytes, {normalizer});
      ASSERT_EQ(text, whisper::valid_utf8(text));
    }
  }
}

TEST(TextNormalizer, NamesAndOptions) {
  for (const char* name : {"english", "basic", "none"}) {
    EXPECT_STREQ(normalizer_name(parse_normalizer(name)), name);
  }
  try {
    parse_normalizer("English\n");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_argument);
    EXPECT_THAT(error.what(), HasSubstr("expected english, basic or none, got 'English?'"));
  }
  EXPECT_THROW(normalize_text("a", {Normalizer::english, true}), Error);
  EXPECT_THROW(normalize_text("a", {Normalizer::none, false, true}), Error);
}

}  // namespace

namespace whisper {
namespace {

TEST(DecimalText, ReadsDigitsOfAnyScript) {
  EXPECT_TRUE(is_decimal_number(U"12.50"));
  EXPECT_TRUE(is_decimal_number(U"٣.٥"));
  for (const char32_t* text : {U"", U".", U"1.", U".5", U"1.2.3", U"1e5", U"-1", U"1,0"}) {
    EXPECT_FALSE(is_decimal_number(text)) << to_utf8(text);
  }
  const DecimalFraction value = *parse_decimal(U"٠٣.٥٠");
  EXPECT_EQ(to_utf8(value.whole), "3");
  EXPECT_EQ(to_utf8(value.places), "5");
  EXPECT_TRUE(parse_decimal(U"1.") && parse_decimal(U".5"));
  EXPECT_FALSE(parse_decimal(U"."));
}

TEST(DecimalText, Multiplies) {
  EXPECT_EQ(to_utf8(*whole_multiple(*parse_decimal(U"1.25"), 2)), "125");
  EXPECT_FALSE(whole_multiple(*parse_decimal(U"1.25"), 1));
  EXPECT_EQ(to_utf8(*whole_multiple(*parse_decimal(U"0.0"), 6)), "0");
  EXPECT_EQ(to_utf8(multiply_last_digits(U"1200", 3, 3)), "201000");
  EXPECT_EQ(to_utf8(multiply_last_digits(U"7", 3, 2)), "700");
  EXPECT_EQ(to_utf8(multiply_last_digits(U"999999", 3, 3)), "1998000");
  EXPECT_EQ(to_utf8(add_into_zeros(U"1900", 84)), "1984");
  EXPECT_EQ(to_utf8(add_into_zeros(U"0", 7)), "7");
}

TEST(NumberWords, HaveTheOdditiesOfTheirSource) {
  EXPECT_EQ(number_word(U"ninth").kind, NumberWord::Kind::none);
  EXPECT_EQ(number_word(U"nineth").value, 9);
  EXPECT_EQ(number_word(U"eighth").value, 8);
  EXPECT_EQ(number_word(U"decillion").value, 33);
}

}  // namespace
}  // namespace whisper
}  // namespace tessera
