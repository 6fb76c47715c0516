#include "src/whisper/bpe_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tessera::whisper {
namespace {

using testing::ElementsAre;

TEST(SplitWords, BlankGoesWithTheWordAfterIt) {
  EXPECT_THAT(split_words("Hello world, 42 !"), ElementsAre("Hello", " world", ",", " 42", " !"));
  EXPECT_THAT(split_words(" a"), ElementsAre(" a"));
  EXPECT_THAT(split_words("a1b_c"), ElementsAre("a", "1", "b", "_", "c"));
}

TEST(SplitWords, ContractionsAreLowerCaseAndStandAlone) {
  EXPECT_THAT(split_words("it's I'll we're you've I'm he'd don't"),
              ElementsAre("it", "'s", " I", "'ll", " we", "'re", " you", "'ve", " I", "'m", " he",
                          "'d", " don", "'t"));
  EXPECT_THAT(split_words("IT'S"), ElementsAre("IT", "'", "S"));
  EXPECT_THAT(split_words("'tis"), ElementsAre("'t", "is"));
  EXPECT_THAT(split_words("a 's"), ElementsAre("a", " '", "s"));
  EXPECT_THAT(split_words("''s"), ElementsAre("''", "s"));
  EXPECT_THAT(split_words("'l 'v"), ElementsAre("'", "l", " '", "v"));
}

TEST(SplitWords, LastWhiteSpaceIsLeftToTheWord) {
  EXPECT_THAT(split_words("a  b"), ElementsAre("a", " ", " b"));
  EXPECT_THAT(split_words("a \n b"), ElementsAre("a", " \n", " b"));
  EXPECT_THAT(split_words("a\n\nb"), ElementsAre("a", "\n", "\n", "b"));
  EXPECT_THAT(split_words("a\tb"), ElementsAre("a", "\t", "b"));
  EXPECT_THAT(split_words("a \u3000b"), ElementsAre("a", " ", "\u3000", "b"));
  EXPECT_THAT(split_words("a\u3000\u00a0\u0085b"), ElementsAre("a", "\u3000\u00a0", "\u0085", "b"));
}

TEST(SplitWords, WhiteSpaceAtTheEndIsOneWord) {
  EXPECT_THAT(split_words("a \n "), ElementsAre("a", " \n "));
  EXPECT_THAT(split_words(" "), ElementsAre(" "));
  EXPECT_THAT(split_words("   "), ElementsAre("   "));
  EXPECT_THAT(split_words(""), ElementsAre());
}

TEST(SplitWords, ClassesAreThoseOfUnicode) {
  EXPECT_THAT(split_words("Ёж你好٣½"), ElementsAre("Ёж你好", "٣½"));
  EXPECT_THAT(split_words("e\u0301e"), ElementsAre("e", "\u0301", "e")) << "a mark is no letter";
  EXPECT_THAT(split_words("क\u094dष"), ElementsAre("क", "\u094d", "ष"));
  EXPECT_THAT(split_words(" 😀👍"), ElementsAre(" 😀👍"));
}

TEST(SplitWords, DamagedBytesAreSigns) {
  EXPECT_THAT(split_words("a\xFF\xE4\xBD b"), ElementsAre("a", "\xFF\xE4\xBD", " b"));
  EXPECT_THAT(split_words("\xED\xA0\x80"), ElementsAre("\xED\xA0\x80"));
  EXPECT_THAT(split_words(" \xE4"), ElementsAre(" \xE4"));
}

TEST(SplitWords, WordsMakeUpTheText) {
  std::mt19937 random(3);
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += static_cast<char>(random() % (round % 2 == 0 ? 128 : 256));
    std::string joined;
    for (const std::string_view word : split_words(text)) {
      ASSERT_FALSE(word.empty());
      joined += word;
    }
    ASSERT_EQ(joined, text);
  }
}

}  // namespace
}  // namespace tessera::whisper
