#include "src/whisper/stream/heard_word.h"

#include <gtest/gtest.h>

namespace tessera::whisper {
namespace {

TEST(WordKey, IsWithoutCaseAndPunctuation) {
  EXPECT_EQ(word_key(" Hello,"), "hello");
  EXPECT_EQ(word_key(" \"Élan!\""), "élan");
  EXPECT_EQ(word_key(" it's"), "its");
  EXPECT_EQ(word_key("你好。"), "你好");
}

TEST(WordKey, OfSignsAloneIsThey) {
  EXPECT_EQ(word_key(" -"), " -");
  EXPECT_NE(word_key(" -"), word_key(" ♪"));
}

std::vector<Word> words(std::vector<std::pair<double, double>> times) {
  std::vector<Word> words;
  for (const auto& [start_s, end_s] : times) words.push_back({" abc", start_s, end_s, 0.5});
  return words;
}

TEST(FitWordTimes, LastWordReachesToTheEnd) {
  std::vector<Word> near = words({{0.1, 0.5}, {0.6, 0.9}});
  fit_word_times(near, 0, 1.2);
  EXPECT_EQ(near[0].start_s, 0.1);
  EXPECT_EQ(near[0].end_s, 0.5);
  EXPECT_EQ(near[1].start_s, 0.6);
  EXPECT_EQ(near[1].end_s, 1.2);
}

TEST(FitWordTimes, LaterEndOfAWordStays) {
  std::vector<Word> near = words({{0.1, 0.5}, {0.6, 1.3}});
  fit_word_times(near, 0, 1.2);
  EXPECT_EQ(near[1].end_s, 1.3);
}

TEST(FitWordTimes, VagueTimesAreShared) {
  std::vector<Word> squeezed = words({{0, 0}, {0, 0}});
  squeezed[1].text = " abcdefghijk";  // 4 + 12 bytes
  fit_word_times(squeezed, 1, 3);
  EXPECT_EQ(squeezed[0].start_s, 1);
  EXPECT_EQ(squeezed[0].end_s, 1.5);
  EXPECT_EQ(squeezed[1].start_s, 1.5);
  EXPECT_EQ(squeezed[1].end_s, 3);
}

TEST(FitWordTimes, OfNoWords) { fit_word_times({}, 0, 1); }

TEST(HeardWords, AreInTheTimesOfTheStream) {
  const std::vector<HeardWord> heard = heard_words(words({{0.25, 0.5}, {0.5, 0.75}}), 10.032);
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_DOUBLE_EQ(heard[0].word.start_s, 10.28) << "to a hundredth";
  EXPECT_DOUBLE_EQ(heard[1].word.end_s, 10.78);
  EXPECT_TRUE(heard[0].begins_segment);
  EXPECT_FALSE(heard[1].begins_segment);
  EXPECT_EQ(heard[0].key, "abc");
}

}  // namespace
}  // namespace tessera::whisper
