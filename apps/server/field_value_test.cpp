#include "apps/server/field_value.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "apps/server/http/message.h"

namespace tessera::server {
namespace {

/// What the error says that reading the text raises; empty when it is read.
std::string refusal(const std::string& text, const std::function<void(const FieldValue&)>& read) {
  try {
    read({"field", text});
  } catch (const HttpError& error) {
    EXPECT_EQ(error.status, 400);
    EXPECT_EQ(error.param, "field");
    return error.what();
  }
  return {};
}

double number(const std::string& text) { return FieldValue{"field", text}.number(); }
int integer(const std::string& text) { return FieldValue{"field", text}.integer(); }
bool truth(const std::string& text) { return FieldValue{"field", text}.truth(); }

TEST(FieldValue, ReadsNumbers) {
  EXPECT_EQ(number(" -1.5e1\r\n"), -15);
  EXPECT_EQ(number("+2"), 2);
  EXPECT_EQ(integer("2147483647"), 2147483647);
  for (const char* text :
       {"", " ", "1,5", "1 2", "0x10", "nan", "inf", "1e999", "one", "--1", "+-1"}) {
    EXPECT_EQ(refusal(text, [](const FieldValue& v) { v.number(); }),
              "field: expected a number, got '" + std::string(text) + "'");
  }
  for (const char* text : {"2147483648", "1.0", "1e3", "99999999999999999999"}) {
    EXPECT_NE(refusal(text, [](const FieldValue& v) { v.integer(); }), "") << text;
  }
}

TEST(FieldValue, ReadsTruth) {
  for (const char* text : {"true", "True", "1", "yes", " ON "}) EXPECT_TRUE(truth(text)) << text;
  for (const char* text : {"false", "FALSE", "0", "no", "off"}) EXPECT_FALSE(truth(text)) << text;
  for (const char* text : {"", "2", "t", "maybe"}) {
    EXPECT_NE(refusal(text, [](const FieldValue& v) { v.truth(); }), "") << text;
  }
}

TEST(FieldValue, ReadsLists) {
  const std::string text = " a, b c ,,d";
  EXPECT_EQ((FieldValue{"field", text}.list()), (std::vector<std::string>{"a", "b c", "", "d"}));
  const std::string blank = " \t";
  EXPECT_TRUE((FieldValue{"field", blank}.list().empty()));
  const std::string numbers = "0, 1.5,2";
  EXPECT_EQ((FieldValue{"field", numbers}.numbers()), (std::vector<double>{0, 1.5, 2}));
  EXPECT_NE(refusal("1,,2", [](const FieldValue& v) { v.numbers(); }), "");
  EXPECT_NE(refusal("1,inf", [](const FieldValue& v) { v.numbers(); }), "");
}

TEST(FieldValue, WhatIsQuotedIsShortAndPlain) {
  EXPECT_EQ(in_quotes("a\nb\x1b[31m\xff"), "'a?b?[31m?'");
  EXPECT_EQ(in_quotes(std::string(1000, 'x')), "'" + std::string(60, 'x') + "...'");
}

TEST(FieldValue, KnowsWellFormedUtf8) {
  for (const char* text :
       {"", "a", "ä", "€", "😀", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  // Continuations alone, cut sequences, longer forms than needed, surrogates, above U+10FFFF.
  for (const char* text :
       {"\x80", "a\xbf", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf",
        "\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(std::string(text));
  }
}

}  // namespace
}  // namespace tessera::server
