#include "src/whisper/language_detection.h"

#include <gtest/gtest.h>

#include <vector>

namespace tessera::whisper {
namespace {

struct Vote {
  LanguageGuess guess;
  int listened = 0;
};

Vote vote(const std::vector<LanguageGuess>& heard, double threshold = 0.5) {
  Vote result;
  result.guess = vote_language(static_cast<int>(heard.size()), threshold, [&](int index) {
    EXPECT_EQ(index, result.listened);
    ++result.listened;
    return heard[static_cast<std::size_t>(index)];
  });
  return result;
}

TEST(VoteLanguage, StopsAtTheFirstSureWindow) {
  const Vote result = vote({{"en", 0.5}, {"de", 0.51}, {"fr", 0.9}});
  EXPECT_EQ(result.guess.code, "de");
  EXPECT_EQ(result.guess.probability, 0.51);
  EXPECT_EQ(result.listened, 2);
}

TEST(VoteLanguage, OtherwiseTheMajorityWinsWithItsBestProbability) {
  const Vote result = vote({{"fr", 0.45}, {"en", 0.2}, {"en", 0.3}, {"en", 0.1}, {"fr", 0.4}});
  EXPECT_EQ(result.guess.code, "en");
  EXPECT_EQ(result.guess.probability, 0.3);
  EXPECT_EQ(result.listened, 5);
}

TEST(VoteLanguage, TheEarlierOfEqualsWins) {
  EXPECT_EQ(vote({{"fr", 0.1}, {"en", 0.4}, {"en", 0.2}, {"fr", 0.2}}).guess.code, "fr");
}

TEST(VoteLanguage, OneWindowIsTakenHoweverUnsure) {
  const Vote result = vote({{"sw", 0.05}});
  EXPECT_EQ(result.guess.code, "sw");
  EXPECT_EQ(result.guess.probability, 0.05);
}

}  // namespace
}  // namespace tessera::whisper
