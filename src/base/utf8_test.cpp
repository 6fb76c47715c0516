#include "src/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace tessera::base {
namespace {

TEST(Utf8, EveryScalarValueComesBack) {
  for (char32_t code_point = 1; code_point <= 0x10FFFF; code_point += code_point < 0x900 ? 1 : 97) {
    if (code_point >= 0xD800 && code_point <= 0xDFFF) continue;
    std::string text;
    append_utf8(text, code_point);
    const Utf8Step step = next_code_point(text + "x");
    ASSERT_TRUE(step.valid) << static_cast<unsigned>(code_point);
    ASSERT_EQ(step.code_point, code_point);
    ASSERT_EQ(static_cast<std::size_t>(step.bytes), text.size());
  }
}

TEST(Utf8, ValidTextIsLeftAsItIs) {
  const std::string text = "Grüße, 世界, \U0001F600";
  EXPECT_EQ(valid_utf8(text), text);
  EXPECT_EQ(valid_utf8(""), "");
}

TEST(Utf8, DamagedBytesAreReplacedOneByOne) {
  const std::string r = "\uFFFD";
  EXPECT_EQ(valid_utf8("a\xFF"), "a" + r);
  EXPECT_EQ(valid_utf8("\xE4\xB8"), r + r) << "cut";
  EXPECT_EQ(valid_utf8("\xE4\xB8z"), r + r + "z");
  EXPECT_EQ(valid_utf8("\xC0\xAF"), r + r) << "overlong";
  EXPECT_EQ(valid_utf8("\xE0\x80\xAF"), r + r + r) << "overlong";
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), r + r + r) << "surrogate";
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), r + r + r + r) << "above U+10FFFF";
  EXPECT_EQ(valid_utf8("\x80"), r) << "continuation without a lead";
}

}  // namespace
}  // namespace tessera::base
