#include "src/whisper/word_timing.h"

#include <gmock/gmock.h>

#include <vector>

namespace tessera::whisper {
namespace {

using testing::ElementsAre;

WordTiming lasting(double start_s, double end_s, std::string text = " word") {
  return {std::move(text), 1, start_s, end_s, 0.5};
}

TEST(WordTiming, MedianDurationLeavesOutWordsThatDoNotLast) {
  EXPECT_DOUBLE_EQ(median_duration(std::vector{lasting(0, 0.25), lasting(1, 1), lasting(1, 1.5),
                                               lasting(2, 2), lasting(2, 2.125)}),
                   0.25);
  EXPECT_DOUBLE_EQ(median_duration(std::vector{lasting(0, 0.25), lasting(1, 1.5)}), 0.375);
  EXPECT_DOUBLE_EQ(median_duration(std::vector{lasting(0, 3)}), 0.7);
  EXPECT_EQ(median_duration(std::vector{lasting(1, 1)}), 0);
  EXPECT_EQ(median_duration({}), 0);
}

TEST(WordTiming, PausesAtSentenceEndsAreCutOff) {
  std::vector words = {lasting(0, 9, "."), lasting(9, 12, " word"), lasting(12, 14, "."),
                       lasting(14, 17, " word"), lasting(17, 20, " word")};
  shorten_pauses(words, 1);
  EXPECT_EQ(words[0].end_s, 9) << "the first word has no pause before it";
  EXPECT_EQ(words[1].start_s, 11);
  EXPECT_EQ(words[1].end_s, 12);
  EXPECT_EQ(words[2].start_s, 12);
  EXPECT_EQ(words[2].end_s, 13);
  EXPECT_EQ(words[3].start_s, 16);
  EXPECT_EQ(words[4].start_s, 17) << "no sentence ended";

  std::vector exact = {lasting(0, 1, "."), lasting(1, 2, " word")};
  shorten_pauses(exact, 1);
  EXPECT_EQ(exact[1].start_s, 1);
  // "!！" stands in the list of marks as it is; "?!" does not.
  std::vector joined = {lasting(0, 1), lasting(1, 4, "!！"), lasting(4, 7, "?!")};
  shorten_pauses(joined, 1);
  EXPECT_EQ(joined[1].end_s, 2);
  EXPECT_EQ(joined[2].end_s, 7);
  EXPECT_EQ(joined[2].start_s, 6);
}

struct Merged {
  std::vector<std::string> texts;
  std::vector<std::size_t> tokens;
};

Merged merged(const std::vector<std::string>& texts, std::string_view prepended = "\"'“¿([{-",
              std::string_view appended = "\"'.。,，!！?？:：”)]}、") {
  std::vector<WordTiming> words;
  for (const std::string& text : texts) words.push_back(lasting(0, 1, text));
  merge_punctuation(words, prepended, appended);
  Merged result;
  for (const WordTiming& word : words) {
    result.texts.push_back(word.text);
    result.tokens.push_back(word.tokens);
  }
  return result;
}

TEST(WordTiming, MarksGoToTheirWords) {
  const Merged result = merged({" (", "he", ")", " said", ":", " \"", " ¿", "no", "?", "\""});
  EXPECT_THAT(result.texts,
              ElementsAre("", " (he)", "", " said:", "", "", "", " \" ¿no?\"", "", ""));
  EXPECT_THAT(result.tokens, ElementsAre(0, 3, 0, 2, 0, 0, 0, 5, 0, 0));
}

TEST(WordTiming, MarksWithoutABlankAreNotPrependedAndThoseWithOneNotAppended) {
  EXPECT_THAT(merged({"(", "he"}).texts, ElementsAre("(", "he"));
  EXPECT_THAT(merged({" he", " )"}).texts, ElementsAre(" he", " )"));
  EXPECT_THAT(merged({" he", ".", ".", " she"}).texts, ElementsAre(" he..", "", "", " she"));
}

TEST(WordTiming, MarksAreFoundAsPartsOfTheList) {
  EXPECT_THAT(merged({" ([", "he", ")]"}).texts, ElementsAre("", " ([he)]", ""));
  EXPECT_THAT(merged({" [(", "he", "])"}).texts, ElementsAre(" [(", "he", "])"));
  // A blank alone is nothing without it, which every list has.
  EXPECT_THAT(merged({" ", "he"}, "", "").texts, ElementsAre("", " he"));
  // After a word that ends with a blank nothing is appended.
  EXPECT_THAT(merged({" he ", "."}).texts, ElementsAre(" he ", "."));
}

TEST(WordTiming, NothingToMerge) {
  EXPECT_THAT(merged({}).texts, ElementsAre());
  EXPECT_THAT(merged({" ("}).texts, ElementsAre(" ("));
  EXPECT_THAT(merged({" a", " b"}, "", "").texts, ElementsAre(" a", " b"));
}

}  // namespace
}  // namespace tessera::whisper
