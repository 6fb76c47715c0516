#include "src/whisper/unicode.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tessera::whisper {
namespace {

const std::string kR = "\xEF\xBF\xBD";  // U+FFFD

TEST(ValidUtf8, KeepsWellFormedText) {
  const std::string text = "a\u00e9\u4f60\U0001F600\u0000z\U0010FFFF\uD7FF\uE000";
  EXPECT_EQ(valid_utf8(text), text);
  EXPECT_EQ(valid_utf8(""), "");
}

// Every answer is that of Python's bytes.decode("utf-8", errors="replace").
TEST(ValidUtf8, ReplacesMaximalSubparts) {
  const struct {
    std::string bytes, text;
  } cases[] = {
      {"\x80", kR},                                       // continuation without a beginning
      {"\xC0\x80", kR + kR},                              // overlong
      {"\xE0\x9F\x80", kR + kR + kR},                     // overlong
      {"\xF0\x8F\x80\x80", kR + kR + kR + kR},            // overlong
      {"\xED\xA0\x80", kR + kR + kR},                     // surrogate
      {"\xF4\x90\x80\x80", kR + kR + kR + kR},            // above U+10FFFF
      {"\xF5\x80", kR + kR},                              // begins nothing
      {"\xFF\xFE", kR + kR},                              // begins nothing
      {"\xE4\xBD", kR},                                   // cut by the end
      {"\xF0\x9F\x98", kR},                               // cut by the end
      {"\xE4\xBDz", kR + "z"},                            // cut by another character
      {"\xF0\x9F\x98\xE4\xBD\xA0", kR + "\xE4\xBD\xA0"},  // cut by another character
      {"\xC3\xC3\xA9", kR + "\xC3\xA9"},
      {"a\xF1\x80\x80\xE1\x80\xC2z\x80", "a" + kR + kR + kR + "z" + kR},  // Unicode, table 3-8
  };
  for (const auto& c : cases)
    EXPECT_EQ(valid_utf8(c.bytes), c.text) << testing::PrintToString(c.bytes);
}

TEST(NextUtf8, ReadsCodePoints) {
  const std::string text = "a\u00e9\u4f60\U0001F600";
  const char32_t expected[] = {'a', 0xE9, 0x4F60, 0x1F600};
  std::size_t position = 0;
  for (const char32_t code_point : expected) {
    const Utf8Step step = next_utf8(text, position);
    EXPECT_EQ(step.kind, Utf8Step::Kind::character);
    EXPECT_EQ(step.code_point, code_point);
    position += step.length;
  }
  EXPECT_EQ(position, text.size());
}

TEST(NextUtf8, TellsTruncatedFromInvalid) {
  EXPECT_EQ(next_utf8("\xE4\xBD", 0).kind, Utf8Step::Kind::truncated);
  EXPECT_EQ(next_utf8("\xE4\xBD", 0).length, 2);
  EXPECT_EQ(next_utf8("\xE4\xBDz", 0).kind, Utf8Step::Kind::invalid);
  EXPECT_EQ(next_utf8("\xE0\x80", 0).kind, Utf8Step::Kind::invalid);
  EXPECT_EQ(next_utf8("\xE0\x80", 0).length, 1);
}

TEST(Utf8Assembler, HoldsBackUnfinishedCharacters) {
  Utf8Assembler assembler;
  EXPECT_EQ(assembler.push("a\xF0"), "a");
  EXPECT_EQ(assembler.push("\x9F\x98"), "");
  EXPECT_EQ(assembler.push("\x80z"), "\U0001F600z");
  EXPECT_EQ(assembler.flush(), "");
}

TEST(Utf8Assembler, ReplacesWhatCannotBeFinished) {
  Utf8Assembler assembler;
  EXPECT_EQ(assembler.push("\xE4\xBD"), "");
  EXPECT_EQ(assembler.push("b"), kR + "b");
  EXPECT_EQ(assembler.push("\xE4"), "");
  EXPECT_EQ(assembler.flush(), kR);
  EXPECT_EQ(assembler.flush(), "");
  EXPECT_EQ(assembler.push("\xBD"), kR) << "flush begins a new text";
}

// However the bytes are cut, the text is the same, and what waits is shorter than a character.
TEST(Utf8Assembler, CutsDoNotChangeTheText) {
  std::mt19937 random(5);
  const unsigned char alphabet[] = {'a',  0x80, 0x9F, 0xBF, 0xC3, 0xE0,
                                    0xE4, 0xED, 0xF0, 0xF4, 0xFF};
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (int i = 0; i < 12; ++i)
      bytes += static_cast<char>(alphabet[random() % std::size(alphabet)]);
    Utf8Assembler assembler;
    std::string text;
    for (std::size_t i = 0; i < bytes.size();) {
      const std::size_t count = random() % 4;
      text += assembler.push(std::string_view(bytes).substr(i, count));
      EXPECT_LE(bytes.size(), text.size() + bytes.size() - std::min(i + count, bytes.size()) + 3);
      i += count;
    }
    text += assembler.flush();
    ASSERT_EQ(text, valid_utf8(bytes)) << round;
  }
}

TEST(CharacterClasses, AreThoseOfTheSplitPattern) {
  using enum CharacterClass;
  for (const char32_t c :
       {U'a', U'Z', U'\u00aa', U'\u02b0', U'\u01c5', U'\u4f60', U'\u0e01', U'\U00020000'}) {
    EXPECT_EQ(character_class(c), letter) << static_cast<std::uint32_t>(c);
  }
  for (const char32_t c :
       {U'0', U'\u00b2', U'\u00bd', U'\u0663', U'\u2167', U'\u2460', U'\u3007'}) {
    EXPECT_EQ(character_class(c), number) << static_cast<std::uint32_t>(c);
  }
  for (const char32_t c :
       {U'\t', U'\v', U'\f', U'\r', U' ', U'\u00a0', U'\u1680', U'\u2028', U'\u202f', U'\u3000'}) {
    EXPECT_EQ(character_class(c), white_space) << static_cast<std::uint32_t>(c);
  }
  EXPECT_EQ(character_class(0x85), white_space);
  for (const char32_t c : {U'.', U'_', U'$', U'\u0301', U'\u0903', U'\u200b', U'\u200d', U'\ufeff',
                           U'\U0001F600', U'\ue000'}) {
    EXPECT_EQ(character_class(c), other) << static_cast<std::uint32_t>(c);
  }
  EXPECT_EQ(character_class(0x1c), other) << "no White_Space, though Python's str.isspace says so";
  EXPECT_EQ(character_class(0), other);
}

}  // namespace
}  // namespace tessera::whisper
